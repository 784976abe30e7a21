"""Mail and calendars that lie in files: mbox, Maildir, .eml, .ics, packed or not, and Google Takeout."""
