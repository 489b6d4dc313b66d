"""What is measured beside others: our crawl beside a bare spider, our cleaner beside its peers."""
