"""Scrapy settings: values, each with its reason; nothing computed.

What depends on the source (delay, concurrency, limits) is set in `crawler.run`.
"""

BOT_NAME = "kommunarkiv"
SPIDER_MODULES = ["crawler.spiders"]

# Who we are, to the people who read access logs; `crawler.run` adds how to reach the operator.
USER_AGENT = "kommunarkiv/0.1"
ROBOTSTXT_USER_AGENT = "kommunarkiv"
ROBOTSTXT_OBEY = True
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
    # Scrapy says "en"; a Swedish portal would answer in English.
    "Accept-Language": "sv,en;q=0.5",
    # Bodies are archived as they come: an encoding that every reader of WARC files can undo.
    "Accept-Encoding": "gzip",
}
COOKIES_ENABLED = False

# One asyncio loop, no Twisted reactor: half the time per page, and header fields as they came.
TWISTED_REACTOR_ENABLED = False
DOWNLOAD_HANDLERS = {
    "http": "crawler.wire.ArchiveDownloadHandler",
    "https": "crawler.wire.ArchiveDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

# On by default, and each opens a local port in every crawl.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Evidence over a connection nobody vouched for is worth little; a source may opt out.
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 100_000_000
DOWNLOAD_WARNSIZE = 0
# A body cut short is kept as such, then asked for again.
DOWNLOAD_FAIL_ON_DATALOSS = False
DOWNLOAD_DELAY_JITTER = 0.3
AUTOTHROTTLE_ENABLED = False  # it overrules Crawl-delay
COMPRESSION_ENABLED = False  # unpacked as a re-reading does: `crawler.evidence`
HTTPCACHE_ENABLED = False  # revisits are ours: `crawler.evidence`
HTTPPROXY_ENABLED = False  # what is archived came from the site, not from something between
METAREFRESH_ENABLED = False
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 3
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 520, 522, 524]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # counted in the verdict; not an error of ours
CONCURRENT_ITEMS = 1  # a page states one document; the default makes a hundred tasks a response
WARN_ON_GENERATOR_RETURN_VALUE = False  # our callbacks are checked by a type checker
MEMUSAGE_LIMIT_MB = 2048
DEPTH_LIMIT = 0  # a long list is deep; `max_requests` and `max_duration_min` bound a crawl

# The spider keeps its own set of addresses seen.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.guest.GuestMiddleware": 50,
    "crawler.guest.RobotsMiddleware": 100,
    "crawler.guest.PatienceMiddleware": 550,
    "crawler.evidence.UnpackMiddleware": 590,
    # Beyond redirects (600) and unpacking: sees what the wire carried.
    "crawler.evidence.RevisitMiddleware": 860,
    "crawler.evidence.RecorderMiddleware": 870,
}
ITEM_PIPELINES = {"crawler.pipelines.StorePipeline": 100}
EXTENSIONS = {
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
}

LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []
LOG_FORMAT = "%(asctime)s [%(name)s] %(levelname)s: %(message)s"
STATS_DUMP = False
