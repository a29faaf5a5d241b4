from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Static files in production: names carry their content's hash, those that our ES modules import included."""

    support_js_module_import_aggregation = True
