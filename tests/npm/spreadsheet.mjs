// The smallest XLSX file that holds a table: four parts, stored.
const encoder = new TextEncoder();

/** The bytes of a workbook with one sheet of `rows`: text, numbers, booleans and nothing. */
export function spreadsheet(rows) {
  const cell = (value) => {
    if (value === null) return "<c/>";
    if (typeof value === "string") return `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    return typeof value === "boolean" ? `<c t="b"><v>${Number(value)}</v></c>` : `<c><v>${value}</v></c>`;
  };
  const sheet = rows.map((row, at) => `<row r="${at + 1}">${row.map(cell).join("")}</row>`).join("");
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
  const relation = (id, type, target) => `<Relationships ${relations}><Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/></Relationships>`;
  return stored({
    "_rels/.rels": relation("rId1", "officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": `<workbook ${main} xmlns:r="${office}"><sheets><sheet name="one" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relation("rId1", "worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": `<worksheet ${main}><sheetData>${sheet}</sheetData></worksheet>`,
  });
}

/** A ZIP archive of texts, none compressed. */
function stored(files) {
  const [parts, entries] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [title, body] = [encoder.encode(name), encoder.encode(text)];
    const about = [short(20), short(0), short(0), long(0), long(crc32(body)), long(body.length), long(body.length), short(title.length), short(0)].flat();
    parts.push([0x50, 0x4b, 3, 4], about, title, body);
    entries.push([0x50, 0x4b, 1, 2], short(20), about, short(0), short(0), short(0), long(0), long(offset), title);
    offset += 4 + about.length + title.length + body.length;
  }
  const size = entries.reduce((sum, part) => sum + part.length, 0);
  const n = Object.keys(files).length;
  const end = [[0x50, 0x4b, 5, 6], short(0), short(0), short(n), short(n), long(size), long(offset), short(0)];
  return Uint8Array.from([...parts, ...entries, ...end].flatMap((part) => [...part]));
}

const short = (value) => [value & 255, value >> 8];
const long = (value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];

function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
