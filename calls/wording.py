"""What the rules of filtering found, in the reader's words."""

from django.utils.translation import gettext as _

from calls.choices import ReviewField
from calls.rules import Missing
from cases.choices import CallStep


def missing_text(missing: Missing) -> str:
    """Exactly what a case still lacks, in words."""
    parts = [str(ReviewField(field).label) for field in missing.fields]
    parts += [_("call order: %(step)s") % {"step": CallStep(step).label} for step in missing.steps]
    if missing.unverified:
        parts.append(_("%(count)s phones, addresses or relations to verify") % {"count": missing.unverified})
    return _(", ").join(parts)
