import { useLayoutEffect, useState, type RefObject } from 'react';

/** Lists up to this length are rendered whole. */
const wholeMax = 120;
const overscanRows = 15;

export interface Range {
  readonly start: number;
  readonly end: number;
}

export function visibleRange(count: number, rowHeight: number, above: number, height: number): Range {
  if (count <= wholeMax) return { start: 0, end: count };
  const first = Math.floor(above / rowHeight) - overscanRows;
  const last = Math.ceil((above + height) / rowHeight) + overscanRows;
  // In steps, so that scrolling by a row does not render anew.
  const step = 5;
  const start = Math.max(0, Math.floor(first / step) * step);
  return {
    start: Math.min(start, count),
    end: Math.min(count, Math.max(start, Math.ceil(last / step) * step)),
  };
}

/**
 * The indices to render, ascending: the window, and the rows that must not go when it moves away.
 * Each of those with its neighbours, so that Tab and the arrow keys lead from it to the row beside.
 */
export function shownIndices(count: number, window: Range, kept: readonly number[]): readonly number[] {
  const shown = new Set<number>();
  for (let index = window.start; index < Math.min(window.end, count); index += 1) shown.add(index);
  for (const index of kept) {
    if (index < 0) continue;
    for (const near of [index - 1, index, index + 1]) if (near >= 0 && near < count) shown.add(near);
  }
  return [...shown].sort((a, b) => a - b);
}

/** Which rows of a long list can be seen, or soon. Rows are of one height. */
export function useWindow(count: number, rowHeight: number, list: RefObject<HTMLElement | null>): Range {
  const [range, setRange] = useState<Range>(() => visibleRange(count, rowHeight, 0, 900));

  useLayoutEffect(() => {
    const scroller = list.current?.closest('[data-scroller]');
    if (!scroller) return;
    const measure = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const next = visibleRange(
        count,
        rowHeight,
        scroller.getBoundingClientRect().top - top,
        scroller.clientHeight,
      );
      setRange((before) => (before.start === next.start && before.end === next.end ? before : next));
    };
    measure();
    scroller.addEventListener('scroll', measure, { passive: true });
    // What stands above the list may grow or go: then it moves without being scrolled.
    const sizes = new ResizeObserver(measure);
    for (const box of [scroller, ...scroller.children]) sizes.observe(box);
    return () => {
      scroller.removeEventListener('scroll', measure);
      sizes.disconnect();
    };
  }, [count, rowHeight, list]);

  return range;
}
