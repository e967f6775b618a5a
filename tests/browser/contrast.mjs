/* SPDX-License-Identifier: BSD-2-Clause */
/* WCAG 2.2, 1.4.3: the contrast of every text that a page shows. */

/* How many texts there are, and those below 4.5 to 1. */
export function contrasts(page) {
  return page.evaluate(() => {
    const parse = (color) => {
      const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
      return { rgb: [r, g, b], a };
    };
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    /* What is behind an element: the nearest one that is not transparent. */
    const behind = (element) => {
      for (; element; element = element.parentElement) {
        const { rgb, a } = parse(getComputedStyle(element).backgroundColor);
        if (a === 1)
          return rgb;
        if (a !== 0)
          throw new Error("a background that is half transparent");
      }
      return [255, 255, 255];
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const low = [];
    let seen = 0;

    while (texts.nextNode()) {
      const text = texts.currentNode.textContent.trim();
      const element = texts.currentNode.parentElement;
      if (!text || element.closest(".unseen, .skip") || !element.checkVisibility())
        continue;
      const pair = [luminance(parse(getComputedStyle(element).color).rgb), luminance(behind(element))].sort((x, y) => y - x);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      seen++;
      if (ratio < 4.5)
        low.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return { seen, low };
  });
}
