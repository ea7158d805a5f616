/** The smallest single replacement that turns one text into another. */
export interface TextChange {
  readonly index: number;
  readonly removed: number;
  readonly inserted: string;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/**
 * Finds what was typed. Offsets count UTF-16 code units, as Yjs does.
 *
 * A run of equal letters is ambiguous ("aa" to "aaa"); `caret`, the position
 * after typing, decides: the change ends at the caret. Never splits a
 * surrogate pair, which Yjs would turn into replacement characters.
 */
export function diffText(before: string, after: string, caret = after.length): TextChange | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);

  const suffixMax = Math.min(shorter, after.length - Math.min(Math.max(caret, 0), after.length));
  let suffix = 0;
  while (suffix < suffixMax && before[before.length - 1 - suffix] === after[after.length - 1 - suffix])
    suffix += 1;

  let prefix = 0;
  while (prefix < shorter - suffix && before[prefix] === after[prefix]) prefix += 1;
  while (suffix < shorter - prefix && before[before.length - 1 - suffix] === after[after.length - 1 - suffix])
    suffix += 1;

  if (prefix > 0 && (isLowSurrogate(before, prefix) || isLowSurrogate(after, prefix))) prefix -= 1;
  if (
    suffix > 0 &&
    (isLowSurrogate(before, before.length - suffix) || isLowSurrogate(after, after.length - suffix))
  ) {
    suffix -= 1;
  }
  return {
    index: prefix,
    removed: before.length - suffix - prefix,
    inserted: after.slice(prefix, after.length - suffix),
  };
}

/** Where a position goes when `change` is made: stays before, moves after. */
export function shiftPosition(position: number, change: TextChange): number {
  if (position <= change.index) return position;
  if (position >= change.index + change.removed) return position - change.removed + change.inserted.length;
  return change.index;
}
