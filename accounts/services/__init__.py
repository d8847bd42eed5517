"""The verbs that change tenants, people, memberships, invitations and mails."""
