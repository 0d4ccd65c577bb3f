'use strict';

const LONGEST_WAIT = 10000;
const FRAMES_KEPT = 200;
const FRAMES_EVERY = 100;
const PEN_STEP = 8;

const element = (id) => document.getElementById(id);
const address = () => `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/`;

/** Say in the header how many sections are connected; only when it changes, as it is read aloud. */
function summarise() {
  const count = (selector) => document.querySelectorAll(selector).length;
  const text = `${count('[data-state="open"]')} of ${count('[data-service]')} connections open`;
  if (element('summary').textContent !== text) element('summary').textContent = text;
}

/** A connection to a service that comes back by itself, shown in its section. */
class Link {
  constructor(service, onMessage) {
    this.service = service;
    this.onMessage = onMessage;
    this.onState = () => {};
    this.section = document.querySelector(`[data-service="${service}"]`);
    this.wait = 250;
    this.staysAway = false;
    this.connect();
  }

  connect() {
    this.staysAway = false;
    this.show('closed');
    this.socket = new WebSocket(address(), this.service);
    this.socket.addEventListener('open', () => {
      this.wait = 250;
      this.show('open');
    });
    this.socket.addEventListener('message', (event) => this.onMessage(event.data));
    this.socket.addEventListener('close', () => this.closed());
  }

  closed() {
    this.show('closed');
    if (this.staysAway) return;
    setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  show(state) {
    this.section.dataset.state = state;
    this.onState(state);
    summarise();
  }

  send(text) {
    const isOpen = this.socket.readyState === WebSocket.OPEN;
    if (isOpen) this.socket.send(text);
    return isOpen;
  }
}

function startIncrement() {
  const link = new Link('dumb-increment-protocol', (text) => { element('increment').textContent = text; });
  link.onState = (state) => { element('increment-connect').hidden = state === 'open' || !link.staysAway; };
  element('increment-reset').addEventListener('click', () => link.send('reset\n'));
  element('increment-close').addEventListener('click', () => {
    if (link.send('closeme\n')) link.staysAway = true;
  });
  element('increment-connect').addEventListener('click', () => {
    element('increment-reset').focus(); // the button is about to hide
    link.connect();
  });
}

function startEcho() {
  const sentAt = [];
  const log = element('echo-log');
  const link = new Link('echo', (text) => {
    const took = document.createElement('time');
    const sent = sentAt.shift();
    took.textContent = sent === undefined ? ' not asked for' : ` ${(performance.now() - sent).toFixed(1)} ms`;
    const line = document.createElement('li');
    line.append(text, took);
    log.append(line);
    log.scrollTop = log.scrollHeight;
  });
  link.onState = () => { sentAt.length = 0; };
  element('echo-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const now = performance.now();
    if (link.send(element('echo-text').value)) sentAt.push(now);
  });
}

/** The mirror draws what it receives only, its own strokes too: so every page shows the same. */
function startMirror() {
  const canvas = element('mirror');
  const context = canvas.getContext('2d');
  const count = element('mirror-count');
  const link = new Link('lws-mirror-protocol', (text) => {
    String(text).split(';').forEach((command) => draw(command.trim().split(/\s+/)));
  });
  let last = null;
  let pen = { x: canvas.width / 2, y: canvas.height / 2, isDown: false };

  function draw([verb, color, ...words]) {
    const numbers = words.map(Number);
    const [x, y, third, fourth] = numbers;
    if (numbers.length !== { d: 4, c: 3 }[verb] || !numbers.every(Number.isFinite)) return;
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.lineCap = 'round';
    context.beginPath();
    if (verb === 'd') {
      context.moveTo(x, y);
      context.lineTo(third, fourth);
    } else {
      context.arc(x, y, Math.abs(third), 0, 2 * Math.PI);
    }
    context.stroke();
    count.textContent = String(Number(count.textContent) + 1);
  }

  const stroke = (from, to) => {
    const numbers = [from.x, from.y, to.x, to.y].map(Math.round);
    link.send(`d ${element('mirror-color').value} ${numbers.join(' ')};`);
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  };

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!last) return;
    const next = place(event);
    stroke(last, next);
    last = next;
  });
  ['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, () => { last = null; }));

  const cursor = element('mirror-cursor').style;
  const within = (value, limit) => Math.min(Math.max(value, 0), limit);
  const showCursor = () => {
    cursor.left = `${100 * pen.x / canvas.width}%`;
    cursor.top = `${100 * pen.y / canvas.height}%`;
  };
  showCursor();
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener('keydown', (event) => {
    if (event.key === ' ') pen.isDown = !pen.isDown;
    else if (moves[event.key]) {
      const [dx, dy] = moves[event.key];
      const next = { ...pen, x: within(pen.x + dx * PEN_STEP, canvas.width), y: within(pen.y + dy * PEN_STEP, canvas.height) };
      if (pen.isDown) stroke(pen, next);
      pen = next;
      showCursor();
    } else return;
    event.preventDefault();
    element('mirror-pen').textContent = `${pen.isDown ? 'down' : 'up'} at ${pen.x}, ${pen.y}`;
  });
  element('mirror-clear').addEventListener('click', () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    count.textContent = '0';
  });
}

/** Frames may come by the thousand: they are put into the table a few times a second, and the table is laid out as often. */
function startFrames() {
  const rows = element('frames');
  const pause = element('frames-pause');
  const scroll = rows.closest('.scroll');
  const isPaused = () => pause.getAttribute('aria-pressed') === 'true';
  let waiting = [];

  function show() {
    const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
    const added = document.createDocumentFragment();
    waiting.slice(-FRAMES_KEPT).forEach((line) => {
      const frame = JSON.parse(line);
      const row = document.createElement('tr');
      const shown = [frame.at.toFixed(3), `#${frame.connection}`, frame.direction, frame.opcode, frame.length, frame.text ?? ''];
      shown.forEach((value) => { row.append(Object.assign(document.createElement('td'), { textContent: value })); });
      added.append(row);
    });
    waiting = [];
    rows.append(added);
    while (rows.rows.length > FRAMES_KEPT) rows.deleteRow(0);
    if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  new Link('frames', (line) => {
    if (isPaused()) return;
    if (!waiting.length) setTimeout(show, FRAMES_EVERY);
    waiting.push(line);
    if (waiting.length > 2 * FRAMES_KEPT) waiting = waiting.slice(-FRAMES_KEPT);
  });
  pause.addEventListener('click', () => pause.setAttribute('aria-pressed', String(!isPaused())));
}

startIncrement();
startEcho();
startMirror();
startFrames();
