import os
import subprocess
import sys

from django.conf import settings

PRODUCTION = {"PRODUCTION": "true", "SECRET_KEY": "s" * 64, "FIELD_KEY": "f" * 64, "INDEX_KEY": "i" * 64}


def test_production_never_shows_debug_pages(tmp_path):
    own = {**PRODUCTION, "DEBUG": "true", "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "collection.settings"}

    done = subprocess.run([sys.executable, "-c", "import collection.settings"], env=os.environ | own, cwd=settings.BASE_DIR, capture_output=True, text=True)

    assert done.returncode == 1
    assert "PRODUCTION and DEBUG exclude each other" in done.stderr
