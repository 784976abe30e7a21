"""A made-up firm and its partners: every name, address and mail is invented, and every run invents the same."""
