"""Front-end packages as static files: only the files named here leave node_modules, under `vendor/`."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

PACKAGE_FILES = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/bootstrap-icons.min.css": "bootstrap-icons/font/bootstrap-icons.min.css",
    "vendor/fonts/bootstrap-icons.woff": "bootstrap-icons/font/fonts/bootstrap-icons.woff",
    "vendor/fonts/bootstrap-icons.woff2": "bootstrap-icons/font/fonts/bootstrap-icons.woff2",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts.min.js": "echarts/dist/echarts.common.min.js",
    "vendor/echarts-zh.js": "echarts/i18n/langZH.js",
    # Manifest storage follows the source-map comments, under the files' own names.
    "vendor/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/tabler.min.js.map": "@tabler/core/dist/js/tabler.min.js.map",
}


class PackageStorage(FileSystemStorage):
    """Serves `vendor/…` names from the packages that npm installed."""

    def path(self, name: str) -> str:
        return str(Path(self.location) / PACKAGE_FILES[name.replace("\\", "/")])


class PackageFinder(BaseFinder):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.storage = PackageStorage(location=settings.BASE_DIR / "node_modules")

    def find(self, path: str, find_all: bool = False, **kwargs):
        if path not in PACKAGE_FILES or not Path(self.storage.path(path)).exists():
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for name in PACKAGE_FILES:
            if not matches_patterns(name, ignore_patterns or []) and Path(self.storage.path(name)).exists():
                yield name, self.storage
