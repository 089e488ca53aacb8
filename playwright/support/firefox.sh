#!/bin/sh
# Firefox as Playwright starts it, but for one thing: it goes on when the process of a page has died, as it does for people.
unset MOZ_CRASHREPORTER_SHUTDOWN
exec "${FIREFOX_BIN:-/usr/bin/firefox-esr}" "$@"
