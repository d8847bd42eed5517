"""The pages of signing in, of members and of invitations, and what all pages share."""
