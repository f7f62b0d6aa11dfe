/** A PDF with a page for each text; the first line of a page is set large where it begins with `# `. Latin letters only. */
export function pdfOf(pages: readonly string[], { title }: { title?: string } = {}): Buffer {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', pageTree(pages.length), FONT];
  for (const [index, page] of pages.entries()) objects.push(pageObject(index), contentObject(page));
  if (title !== undefined) objects.push(`<< /Title (${title}) >>`);
  return assemble(objects, title === undefined ? '' : `/Info ${objects.length} 0 R`);
}

/** A PDF whose one page's content is `deflated`, which is to unpack to whatever. */
export function pdfWithDeflated(deflated: Buffer): Buffer {
  const stream = deflated.toString('latin1');
  return assemble([
    '<< /Type /Catalog /Pages 2 0 R >>',
    pageTree(1),
    FONT,
    pageObject(0),
    `<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n${stream}\nendstream`,
  ]);
}

/** A PDF that asks for a password. */
export function lockedPdf(): Buffer {
  const encrypt = '<< /Filter /Standard /V 1 /R 2 /O (' + 'x'.repeat(32) + ') /U (' + 'y'.repeat(32) + ') /P -4 >>';
  return assemble(['<< /Type /Catalog /Pages 2 0 R >>', pageTree(0), encrypt], '/Encrypt 3 0 R /ID [(a) (a)]');
}

/** More than that are written over each other. */
const LINES_A_PAGE = 40;

const FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>';

function pageTree(count: number): string {
  const kids = Array.from({ length: count }, (_, index) => `${4 + index * 2} 0 R`).join(' ');
  return `<< /Type /Pages /Kids [${kids}] /Count ${count} >>`;
}

function pageObject(index: number): string {
  const resources = '/Resources << /Font << /F1 3 0 R >> >>';
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] ${resources} /Contents ${5 + index * 2} 0 R >>`;
}

function contentObject(page: string): string {
  const lines = page.split('\n').map((line, place) => {
    const isLarge = line.startsWith('# ');
    return `BT /F1 ${isLarge ? 24 : 12} Tf 72 ${720 - (place % LINES_A_PAGE) * 16} Td (${line.replace(/^# /, '')}) Tj ET`;
  });
  const stream = page === '' ? '' : lines.join('\n');
  return `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`;
}

function assemble(objects: readonly string[], more = ''): Buffer {
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer << /Size ${size} /Root 1 0 R ${more} >>\nstartxref\n${file.length}\n%%EOF`;
  return Buffer.from(file + trailer, 'latin1');
}
