'use strict';
// The embedded data as a tree, and how numbers and names are written.
const data = JSON.parse(document.getElementById('data').textContent);
const DIRECTORY = 0, FILE = 1, REST = 2;
const NONE = 11, COLOURS = 11;

const nodes = data.nodes;
const nodeCount = nodes.parent.length;
const children = Array.from({ length: nodeCount }, () => []);
for (let node = 1; node < nodeCount; node++) {
  children[nodes.parent[node]].push(node);
}
for (const list of children) {
  list.sort((a, b) => nodes.bytes[b] - nodes.bytes[a] || a - b);
}

function size(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes, unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit === 0 ? value : value.toFixed(value < 9.995 ? 2 : 1)) + ' ' + units[unit];
}

const counted = (number, what) =>
  number.toLocaleString('en-US') + ' ' + what + (number === 1 ? '' : 's');

const share = (part, whole) => (whole === 0 ? 0 : 100 * part / whole).toFixed(1) + ' %';

// Control and direction characters of file names are shown, not obeyed.
const printable = text => text.replace(
  /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
  c => '\\x' + c.codePointAt(0).toString(16).padStart(2, '0'));

function nameOf(node) {
  if (nodes.kind[node] === REST) {
    return counted(nodes.files[node], 'smaller file');
  }
  return node === 0 ? '/' : printable(nodes.name[node]);
}

function pathOf(node) {
  const parts = [];
  for (let at = node; at > 0; at = nodes.parent[at]) {
    parts.push(nameOf(at));
  }
  return '/' + parts.reverse().join('/');
}

function packageText(number) {
  if (number < 0) {
    return '';
  }
  const [kind, name, version] = data.packages[number];
  return printable(kind + ' ' + name + (version === '' ? '' : ' ' + version));
}

function element(tag, attributes, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...content);
  return made;
}

// What colours can stand for: a name, labels in the order of colours, and a node's label number.
const managers = ['no package', ...new Set(data.packages.map(found => found[0]))];
const needed = new Set(data.start ? data.start.nodes : []);
const meanings = [
  {
    id: 'layer', title: 'layer',
    labels: data.layers.map(layer => 'layer ' + layer.layer),
    of: node => nodes.layer[node],
  },
  {
    id: 'package', title: 'package manager', labels: managers,
    of: node => nodes.package[node] < 0 ? 0 : managers.indexOf(data.packages[nodes.package[node]][0]),
  },
];
if (data.start) {
  meanings.push({
    id: 'start', title: 'needed to start', labels: ['not needed', 'needed'],
    of: node => needed.has(node) ? 1 : 0,
  });
}

// The colour of every node: of a file its own, of a directory that of most of its bytes.
function coloursFor(meaning) {
  const neutral = meaning.id === 'layer' ? -1 : 0;
  const colourOf = label => label < 0 || label === neutral ? NONE
    : (neutral === 0 ? label - 1 : label) % COLOURS;
  const bytes = new Float64Array(nodeCount * (NONE + 1));
  const colours = new Uint8Array(nodeCount);
  for (let node = nodeCount - 1; node >= 0; node--) {
    const row = node * (NONE + 1);
    if (nodes.kind[node] === DIRECTORY) {
      let best = NONE;
      for (let colour = 0; colour <= NONE; colour++) {
        best = bytes[row + colour] > bytes[row + best] ? colour : best;
      }
      colours[node] = best;
    } else {
      colours[node] = nodes.kind[node] === FILE ? colourOf(meaning.of(node)) : NONE;
      bytes[row + colours[node]] += nodes.bytes[node];
    }
    if (node > 0) {
      const above = nodes.parent[node] * (NONE + 1);
      for (let colour = 0; colour <= NONE; colour++) {
        bytes[above + colour] += bytes[row + colour];
      }
    }
  }
  return { colours, colourOf };
}
