"""manage.py serve: prepare the installation and serve it from one process, worker included."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "准备好并开始服务。没有设置DATABASE_URL和REDIS_URL时，一个进程就是全部。"
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        address = urlsplit(settings.PUBLIC_URL)
        parser.add_argument("--host", default=os.environ.get("HOST", "0.0.0.0"))  # noqa: S104
        parser.add_argument("--port", type=int, default=address.port or 8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if int(os.environ.get("WEB_CONCURRENCY", "1") or 1) > 1:
            raise CommandError(
                "serve只开一个进程。要开多个进程，请按docs/scaling.md设置PostgreSQL和Redis。"
            )
        call_command("prepare", stdout=self.stdout)
        if settings.DEMO:
            call_command("load_demo", if_empty=True, stdout=self.stdout)
        self.stdout.write(f"同课：{settings.PUBLIC_URL}")
        self.stdout.flush()
        uvicorn.run(
            "website.asgi:application",
            host=options["host"],
            port=options["port"],
            ws_max_size=65_536,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
            forwarded_allow_ips="",
        )
