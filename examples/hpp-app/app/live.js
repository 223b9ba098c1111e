'use strict';
const log = document.getElementById('log');
const on = (id, work) => document.getElementById(id).addEventListener('click', () => work().catch(say));
let socket, events, id;

function say(text) {
  const line = document.createElement('li');
  line.textContent = new Date().toLocaleTimeString() + ' ' + text;
  log.append(line);
}

async function token(fresh) {
  const answer = await fetch('/token' + (fresh ? '?fresh=true' : ''), { method: 'POST' });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body.access_token;
}

// Neither a WebSocket nor an EventSource can send headers, and a URL is no place for a token
async function ticket() {
  const headers = { authorization: 'Bearer ' + await token(false) };
  const answer = await fetch('/live/ticket', { method: 'POST', headers });
  return '?ticket=' + (await answer.json()).ticket;
}

async function connect() {
  socket = new WebSocket(location.origin.replace('http', 'ws') + '/live/socket' + await ticket());
  socket.onmessage = (message) => say('WebSocket: ' + message.data);
  socket.onclose = (close) => say('WebSocket closed: ' + close.code + ' ' + close.reason);
  events = new EventSource('/live/events' + await ticket());
  events.onmessage = (message) => {
    const { type, payload } = JSON.parse(message.data);
    if (type === 'CONNECTED') id = payload.connection;
    if (type === 'ERROR') events.close();
    say('Events: ' + message.data);
  };
  const lines = await fetch('/live/lines', { headers: { authorization: 'Bearer ' + await token(false) } });
  read(lines.body.pipeThrough(new TextDecoderStream()).getReader());
}

async function read(reader) {
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return say('Lines ended');
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    lines.filter((line) => line).forEach((line) => say('Lines: ' + line));
  }
}

async function bring() {
  const fresh = await token(true);
  socket.send(JSON.stringify({ type: 'TOKEN', channel: 'SYSTEM', payload: { token: fresh } }));
  const headers = { authorization: 'Bearer ' + fresh };
  await fetch('/live/connections/' + id + '/token', { method: 'POST', headers });
}

async function list() {
  const headers = { authorization: 'Bearer ' + await token(false) };
  say(await (await fetch('/live/connections', { headers })).text());
}

on('connect', connect);
on('hello', async () => socket.send(JSON.stringify({ type: 'HELLO', payload: 'hello' })));
on('fresh', bring);
on('list', list);
