"""Card instalment plans (个性化分期, CR-33; 商业银行信用卡业务监督管理办法 70)."""

MOST_INSTALMENTS = 60


def instalments_fit(count: int, most: int = MOST_INSTALMENTS) -> bool:
    """Whether a plan has at least one monthly instalment, and ends within five years: 61 are refused, whatever somebody agreed to."""
    return 1 <= count <= min(most, MOST_INSTALMENTS)
