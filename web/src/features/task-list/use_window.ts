import { useEffect, useState, type RefObject } from 'react';

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

/** Which rows of a long list are worth rendering. Rows are of one height. */
export function useWindow(count: number, rowHeight: number, list: RefObject<HTMLElement | null>): Range {
  const [range, setRange] = useState<Range>(() => visibleRange(count, rowHeight, 0, 900));

  useEffect(() => {
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
    window.addEventListener('resize', measure);
    return () => {
      scroller.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [count, rowHeight, list]);

  return { start: Math.min(range.start, count), end: Math.min(Math.max(range.end, range.start), count) };
}
