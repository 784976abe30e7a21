"""What we know: records, the directory of who is who, settings and the store."""
