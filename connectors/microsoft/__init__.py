"""How Outlook mail and calendars come in: tokens from Entra, data from Microsoft Graph."""
