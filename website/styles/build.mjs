// Compiles website/styles into website/static/css for Chrome 109 and Safari 15: the last browsers on Windows 7
// classroom PCs and on the phones of the field. The result is committed, so that running Tongke needs no Node.
//   npm run css         write
//   npm run css:check   write nothing, fail if what is committed is stale
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Features, transform } from "lightningcss";

const source = new URL("./", import.meta.url);
const target = new URL("../static/css/", import.meta.url);

// The order opens every sheet, so that whichever arrives first sets it. It is put in after compiling, because the
// minifier folds the statement into the layers that happen to follow it.
const order = "@layer tokens,reset,base,layout,components,utilities,print;";

// A page loads base.css and at most one or two sheets more.
const sheets = {
  base: ["tokens", "base", "frame", "controls", "marks", "lists", "sign-in"],
  tables: ["tables"],
  coordinator: ["coordinator"],
  desk: ["desk"],
  "print-sheets": ["print-sheets"],
};

const check = process.argv.includes("--check");
const stale = [];
mkdirSync(target, { recursive: true });

for (const [name, parts] of Object.entries(sheets)) {
  const text = parts.map((part) => readFileSync(new URL(`${part}.css`, source), "utf8")).join("\n");
  const { code, warnings } = transform({
    filename: `${name}.css`,
    code: Buffer.from(text),
    minify: true,
    exclude: Features.LightDark, // light-dark() is not used, and its stand-in costs bytes in every theme block
    targets: { chrome: 109 << 16, safari: 15 << 16 },
  });
  if (warnings.length) throw new Error(`${name}.css: ${warnings.map((w) => `${w.message} (line ${w.loc.line})`).join("; ")}`);
  const result = `${order}${code}\n`;

  const file = new URL(`${name}.css`, target);
  let committed = "";
  try {
    committed = readFileSync(file, "utf8");
  } catch {
    // not written yet: stale
  }
  if (check && committed !== result) stale.push(`${name}.css`);
  if (!check) writeFileSync(file, result);
  console.log(`${`${name}.css`.padEnd(18)} ${String(result.length).padStart(6)} B  ${String(gzipSync(result, { level: 9 }).length).padStart(5)} B gzipped`);
}

if (stale.length) {
  console.error(`stale: ${stale.join(", ")}. Run "npm run css" and commit website/static/css.`);
  process.exit(1);
}
