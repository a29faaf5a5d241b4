from letters.models.asking import BatchLine, LetterBatch, LetterRule
from letters.models.letters import MOST_TRIES, Letter, LetterNumber, PrintRun
from letters.models.post import CarrierFile
from letters.models.quality import QualityCheck, QualityDefect, QualityDraft, QualityForm
from letters.models.rectifying import LetterHold, QualityPhoto, Rectification, RectificationAnswer
from letters.models.sampling import DispatchDay, Draw, SamplingRule
from letters.models.templates import AuthorityPaper, LetterImage, LetterTemplate

__all__ = [
    "MOST_TRIES",
    "AuthorityPaper",
    "BatchLine",
    "CarrierFile",
    "DispatchDay",
    "Draw",
    "Letter",
    "LetterBatch",
    "LetterHold",
    "LetterImage",
    "LetterNumber",
    "LetterRule",
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
