"""Every path that the README and CONTRIBUTING name exists."""

import re

import pytest
from django.conf import settings


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md"])
def test_paths_named_in_a_document_exist(document):
    text = (settings.BASE_DIR / document).read_text()
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)

    missing = [path for path in named if not (settings.BASE_DIR / path).exists() and not path.startswith(("var/", "secrets/", "api/"))]

    assert missing == []
