from letters.models.letters import Letter, LetterNumber, PrintRun
from letters.models.quality import QualityCheck, QualityDefect, QualityDraft, QualityForm
from letters.models.rectifying import LetterHold, QualityPhoto, Rectification, RectificationAnswer
from letters.models.sampling import DispatchDay, Draw, SamplingRule
from letters.models.templates import AuthorityPaper, LetterImage, LetterTemplate

__all__ = [
    "AuthorityPaper",
    "DispatchDay",
    "Draw",
    "Letter",
    "LetterHold",
    "LetterImage",
    "LetterNumber",
    "LetterTemplate",
    "PrintRun",
    "QualityCheck",
    "QualityDefect",
    "QualityDraft",
    "QualityForm",
    "QualityPhoto",
    "Rectification",
    "RectificationAnswer",
    "SamplingRule",
]
