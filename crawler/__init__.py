"""The crawler: talks to the web and to Scrapy, hands what it found to the archive."""
