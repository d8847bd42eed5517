"""What allauth asks us: who may sign up, and how failed sign-ins are counted."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: people come in through an invitation or an operator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers without being invited."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: object) -> str:
        """Count failures per account and address together.

        allauth counts them per account alone, before it looks at the password: five wrong
        guesses by a stranger would lock the owner out.
        """
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
