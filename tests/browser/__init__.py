"""The reading room in Chromium, driven by Playwright: `make test-browser`."""
