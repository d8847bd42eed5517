"""Names as `accounts.text_rules` stores them today, for those that were stored before it did.

A name with two spaces could never be confirmed by typing it, and one of decomposed letters was not
found. A name that would become empty, or longer, stays as it is.
"""

from typing import ClassVar

from django.db import migrations

WITHOUT_WIDTH = r"[\u00ad\u200b\u2060\ufeff]"
SPACES = r"[\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
REFUSED = r"[\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def cleaning(table: str, column: str) -> str:
    """The statement that cleans a column of one line each."""
    clean = f"normalize(regexp_replace({column}, '{WITHOUT_WIDTH}', '', 'g'), NFC)"
    clean = f"regexp_replace({clean}, '{SPACES}', ' ', 'g')"
    clean = f"btrim(regexp_replace({clean}, '{REFUSED}', '', 'g'))"
    return f"""
        UPDATE {table} SET {column} = {clean}
        WHERE {column} IS DISTINCT FROM {clean} AND {clean} <> ''
          AND char_length({clean}) <= char_length({column});
    """  # noqa: S608  # made of constants


# A whole table is read, which may take longer than any statement of a page.
LONG = "SET LOCAL statement_timeout = 0;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0012_sessions")]

    operations: ClassVar = [
        migrations.RunSQL(
            [LONG, cleaning("accounts_tenant", "name"), cleaning("accounts_user", "name")],
            migrations.RunSQL.noop,
        )
    ]
