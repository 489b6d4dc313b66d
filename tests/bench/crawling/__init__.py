"""How fast the whole job is, beside a bare Scrapy spider: python -m tests.bench.crawling."""
