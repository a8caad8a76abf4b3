#!/usr/bin/env python
"""Tongke's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "website.settings.base")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    finally:
        # What a command announced leaves before the process does.
        live = sys.modules.get("community.live")
        if live is not None:
            live.sender.flush()


if __name__ == "__main__":
    main()
