"""Bar charts as SVG, readable on light and dark pages."""

from html import escape

ROW, BAR, LABEL, WIDTH, NUMBERS = 26, 16, 190, 760, 110


def bars(title, unit, rows):
    """`rows`: label, value, lowest, highest, whether it is ours. The spread is drawn as a line."""
    longest = max(high for _, _, _, high, _ in rows) or 1
    scale = (WIDTH - LABEL - NUMBERS) / longest
    height = 34 + ROW * len(rows) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        '<rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
        f'<text x="12" y="22" font-weight="600" fill="#1f2328">{escape(title)}</text>',
    ]
    for i, (label, value, low, high, ours) in enumerate(rows):
        y = 34 + ROW * i
        middle = y + ROW / 2
        color = "#0a7d5a" if ours else "#8c959f"
        out += [
            f'<text x="{LABEL - 8}" y="{middle + 4}" text-anchor="end" fill="#1f2328">{escape(label)}</text>',
            f'<rect x="{LABEL}" y="{middle - BAR / 2}" width="{max(value * scale, 1):.1f}" '
            f'height="{BAR}" rx="2" fill="{color}"/>',
            f'<line x1="{LABEL + low * scale:.1f}" x2="{LABEL + high * scale:.1f}" y1="{middle}" '
            f'y2="{middle}" stroke="#1f2328" stroke-width="1.5"/>',
            f'<text x="{LABEL + high * scale + 8:.1f}" y="{middle + 4}" fill="#1f2328">'
            f'{escape(number(value))} {escape(unit)}</text>',
        ]
    return "\n".join(out + ["</svg>", ""])


def number(value):
    """Three figures that count: 1,230, 12.3, 0.123."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
