"""The line drawings of the design system: 24 units square, drawn by `{% icon %}`."""

from typing import Final

ICONS: Final[dict[str, str]] = {
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.4-4.4"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15z"/><path d="M10 20.5h4"/>',
    "user": ('<circle cx="12" cy="8" r="3.75"/><path d="M4.5 20c.8-4 3.7-6 7.5-6s6.7 2 7.5 6"/>'),
    "board": (
        '<rect x="3" y="4.5" width="18" height="12" rx="1"/><path d="M3 20h18M8 '
        '16.5V20M16 16.5V20"/>'
    ),
    "book": (
        '<path d="M12 6.5C10 5 7 4.5 4 4.5v13c3 0 6 .5 8 2 2-1.5 5-2 8-2v-13c-3 0-6 .5-8 '
        '2zm0 0v13"/>'
    ),
    "people": (
        '<circle cx="9" cy="8.5" r="3.25"/><path d="M2.5 19c.6-3.4 3-5 6.5-5s5.9 1.6 6.5 '
        '5M16 5.5a3.2 3.2 0 0 1 0 6M17.5 14.2c2.3.5 3.6 2 4 4.8"/>'
    ),
    "map": '<path d="M4 4.5h16v15H4zM4 12h16M12 4.5v15"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.25"/><path d="M12 7.5V12l3 2"/>',
    "alert": '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2"/>',
    "info": '<circle cx="12" cy="12" r="8.25"/><path d="M12 11v5M12 7.8v.2"/>',
    "x": '<path d="m6 6 12 12M18 6 6 18"/>',
    "down": '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>',
    "up": '<path d="M12 20V9M7 13.5l5-5 5 5M4.5 4h15"/>',
    "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5"/>',
    "play": '<path d="M8 5.5v13l10.5-6.5z"/>',
    "quote": '<path d="M5 16V9.5h5V15l-3 3.5M14 16V9.5h5V15l-3 3.5"/>',
    "reply": '<path d="M9 6 4 11l5 5M4 11h9c4 0 7 2.5 7 7"/>',
    "retry": '<path d="M19 12a7 7 0 1 1-2-4.9M19.5 4v4h-4"/>',
    "nowifi": (
        '<path d="M3 9c2.5-2.2 5.5-3.5 9-3.5M16 6.3c1.9.6 3.5 1.5 5 2.7M6.5 13c1-.8 '
        '2-1.4 3.2-1.7M14.5 11.4c1.1.4 2.1.9 3 1.6M12 18v.2M4 4l16 16"/>'
    ),
    "wifi": '<path d="M3 9c5.3-4.6 12.7-4.6 18 0M6.5 13c3.3-2.7 7.7-2.7 11 0M12 18v.2"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "filter": '<path d="M4 6h16M7 12h10M10 18h4"/>',
    "sort": '<path d="M12 5v14M7 14l5 5 5-5"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16z"/>',
    "phone": '<rect x="7" y="3" width="10" height="18" rx="1.5"/><path d="M11 18h2"/>',
    "theme": (
        '<circle cx="12" cy="12" r="8.25"/><path d="M12 3.75v16.5a8.25 8.25 0 0 0 '
        '0-16.5z" fill="currentColor"/>'
    ),
    "chat": '<path d="M4 5h16v11h-9l-4 3.5V16H4z"/>',
    "cert": (
        '<rect x="3.5" y="4.5" width="17" height="12" rx="1"/><path d="M7 9h10M7 12h5"/>'
        '<circle cx="16" cy="16.5" r="2.75"/><path d="M14.5 19v2.5l1.5-1 1.5 1V19"/>'
    ),
    "lock": (
        '<rect x="5" y="10.5" width="14" height="9.5" rx="1"/><path d="M8 10.5V8a4 4 0 0 '
        '1 8 0v2.5"/>'
    ),
    "next": '<path d="m9 5 7 7-7 7"/>',
    "prev": '<path d="m15 5-7 7 7 7"/>',
    "hand": (
        '<path d="M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-1V4.5a1.5 1.5 0 0 1 3 '
        "0V11m0-.5v-4a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6c-3 "
        '0-4.5-1.5-6-5l-1.2-2.7c-.6-1.5 1.3-2.4 2.2-1z"/>'
    ),
}
