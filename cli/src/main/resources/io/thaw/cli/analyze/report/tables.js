// The lists: sorted by a click on a heading, filtered as one types, drawn as far as asked for.
const PAGE_ROWS = 200;

const number = (title, of, text) => ({ title, of, text: text ?? (v => v.toLocaleString('en-US')), number: true });
const bytes = (title, of) => number(title, of, size);
const words = (title, of, path) => ({ title, of, text: v => v, path });

const files = [];
for (let node = 1; node < nodeCount; node++) {
  if (nodes.kind[node] === FILE) {
    files.push(node);
  }
}
const fileRows = files.map(node => ({
  path: pathOf(node), bytes: nodes.bytes[node], layer: nodes.layer[node],
  owner: packageText(nodes.package[node]), node,
}));
const directoryRows = [];
for (let node = 0; node < nodeCount; node++) {
  if (nodes.kind[node] === DIRECTORY) {
    directoryRows.push({ path: pathOf(node), bytes: nodes.bytes[node], files: nodes.files[node], node });
  }
}

const lists = [
  {
    id: 'files', title: 'Files', rows: fileRows, sort: 1, total: data.image.files,
    columns: [words('File', r => r.path, true), bytes('Size', r => r.bytes),
      number('Layer', r => r.layer), words('Package', r => r.owner)],
  },
  {
    id: 'directories', title: 'Directories', rows: directoryRows, sort: 1,
    total: data.image.directories + 1,
    columns: [words('Directory', r => r.path, true), bytes('Size', r => r.bytes),
      number('Files', r => r.files)],
  },
  {
    id: 'packages', title: 'Packages', sort: 3,
    rows: data.packages.filter(r => r[3] > 0 || r[4] > 0),
    columns: [words('Package', r => printable(r[1])), words('Version', r => printable(r[2])),
      words('Manager', r => r[0]), bytes('Size', r => r[4]), number('Files', r => r[3])],
  },
  {
    id: 'layers', title: 'Layers', rows: data.layers, sort: 0, ascending: true,
    columns: [number('Layer', r => r.layer), bytes('Stored', r => r.storedBytes),
      bytes('Unpacked', r => r.tarBytes), number('Files', r => r.files),
      bytes('Hidden by later layers', r => r.hiddenBytes),
      bytes('Hides of earlier layers', r => r.hidesBytes), number('Spans', r => r.spans),
      words('Stored as', r => r.compression), words('Created by', r => printable(r.createdBy), true)],
  },
  {
    id: 'duplicates', title: 'Same content', rows: data.duplicates, sort: 0,
    columns: [bytes('Wasted', r => r.wastedBytes), number('Copies', r => r.copies),
      bytes('Size of one', r => r.bytes), number('Layers', r => r.layers),
      words('Files', r => r.files.map(f => printable(f[0]) + ' (layer ' + f[1]
        + (f[2] === 'visible' ? '' : ', ' + f[2]) + ')').join('\n')
        + (r.copies > r.files.length ? '\n… ' + (r.copies - r.files.length) + ' more' : ''), true)],
  },
  {
    id: 'hidden', title: 'Hidden', rows: data.hidden, sort: 1,
    columns: [words('File', r => printable(r[0]), true), bytes('Size', r => r[1]),
      number('In layer', r => r[2]), words('Became', r => r[3]), number('By layer', r => r[4])],
  },
];
if (data.start) {
  lists.push({
    id: 'start', title: 'Start', rows: data.start.files, sort: -1,
    columns: [words('Opened as', r => printable(r[0]), true), words('Why', r => r[1]),
      bytes('Size', r => r[2]), number('Layer', r => r[3]),
      words('File', r => printable(r[4]), true)],
  });
}

const view = { list: lists[0], sort: lists[0].sort, ascending: false, limit: PAGE_ROWS, filter: '' };

function found() {
  const filter = view.filter.toLowerCase();
  const { columns, rows } = view.list;
  const kept = filter === '' ? rows.slice() : rows.filter(row =>
    columns.some(column => String(column.number ? column.text(column.of(row)) : column.of(row))
      .toLowerCase().includes(filter)));
  if (view.sort >= 0) {
    const { of } = columns[view.sort];
    const sign = view.ascending ? 1 : -1;
    kept.sort((a, b) => {
      const x = of(a), y = of(b);
      return x === y ? 0 : (x < y ? -sign : sign);
    });
  }
  return kept;
}

function cell(column, row) {
  const text = column.text(column.of(row));
  const made = element('td', { class: column.number ? 'number' : column.path ? 'path' : '' });
  if (column.path && row.node !== undefined) {
    const link = element('button', { type: 'button', title: 'Show in the map' }, text);
    link.addEventListener('click', () => {
      show(directoryAt(row.node), false);
      drawSpans(row.node);
      map.scrollIntoView({ block: 'nearest' });
      focusTile(tileOf.get(row.node));
    });
    made.append(link);
  } else {
    text.split('\n').forEach((line, i) => made.append(...(i ? [element('br', {})] : []), line));
  }
  return made;
}

function heading(column, index) {
  const made = element('th', { scope: 'col', class: column.number ? 'number' : '' });
  const sorted = view.sort === index;
  if (sorted) {
    made.setAttribute('aria-sort', view.ascending ? 'ascending' : 'descending');
  }
  const button = element('button', { type: 'button' },
    column.title + (sorted ? (view.ascending ? ' ▲' : ' ▼') : ''));
  button.addEventListener('click', () => {
    view.ascending = sorted ? !view.ascending : !column.number;
    view.sort = index;
    drawList();
    document.querySelectorAll('#list th button')[index].focus();
  });
  made.append(button);
  return made;
}

function drawList() {
  const rows = found();
  const part = rows.slice(0, view.limit);
  const { columns, title, total } = view.list;
  const table = element('table', {},
    element('thead', {}, element('tr', {}, ...columns.map(heading))),
    element('tbody', {}, ...part.map(row =>
      element('tr', {}, ...columns.map(column => cell(column, row))))));
  table.setAttribute('aria-label', title);
  document.getElementById('list').replaceChildren(table);
  const left = (total ?? view.list.rows.length) - view.list.rows.length;
  document.getElementById('count').textContent =
    (view.filter === '' ? counted(rows.length, 'row')
      : counted(rows.length, 'row') + ' of ' + view.list.rows.length.toLocaleString('en-US'))
    + (left > 0 ? '; the ' + left.toLocaleString('en-US')
      + ' smallest are only in the sums of their directories' : '');
  const more = document.getElementById('more');
  more.hidden = rows.length <= view.limit;
  more.textContent = 'Show ' + Math.min(rows.length - view.limit, PAGE_ROWS * 5) + ' more';
}

function openList(list) {
  Object.assign(view,
    { list, sort: list.sort, ascending: list.ascending ?? false, limit: PAGE_ROWS });
  drawTabs();
  drawList();
}

function drawTabs() {
  document.getElementById('tabs').replaceChildren(...lists.map(list => {
    const chosen = list === view.list;
    const tab = element('button', {
      type: 'button', role: 'tab', id: 'tab-' + list.id, 'aria-selected': chosen,
      'aria-controls': 'list', tabindex: chosen ? 0 : -1,
    }, list.title);
    tab.addEventListener('click', () => openList(list));
    return tab;
  }));
  document.getElementById('list').setAttribute('aria-labelledby', 'tab-' + view.list.id);
}

document.getElementById('tabs').addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) {
    const place = lists.indexOf(view.list) + step;
    openList(lists[(place + lists.length) % lists.length]);
    document.getElementById('tab-' + view.list.id).focus();
  }
});
document.getElementById('filter').addEventListener('input', event => {
  view.filter = event.target.value;
  view.limit = PAGE_ROWS;
  drawList();
});
document.getElementById('more').addEventListener('click', () => {
  view.limit += PAGE_ROWS * 5;
  drawList();
});
