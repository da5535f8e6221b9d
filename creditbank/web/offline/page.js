// The page around the checks: files in, a result out.
(() => {
  'use strict';
  const checks = makeChecks({verifyAsync});
  const snapshot = JSON.parse(document.getElementById('snapshot').textContent);
  const own = {keys: [], lists: []};
  const place = document.getElementById('result');
  const MEMBERS_MAX = 400;
  let english = snapshot.language === 'en';
  let shown = null;

  const say = (word, value = '') => WORDS[word][english ? 1 : 0].replace('%s', value);

  function element(name, text = '', ...within) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    made.append(...within);
    return made;
  }

  function toned(name, tone, text) {
    const made = element(name, text);
    made.className = tone;
    return made;
  }

  function speak() {
    document.documentElement.lang = english ? 'en' : 'zh-CN';
    document.title = say('title');
    for (const item of document.querySelectorAll('[data-word]')) {
      item.textContent = say(item.dataset.word);
    }
    const taken = snapshot.keys.length
      ? `${say('snapshot', snapshot.taken)} ${say('stale')}` : say('no-snapshot');
    document.getElementById('taken').textContent = taken;
    if (shown) show(shown);
  }

  // Where a school's keys stand, for a reader who wants to be sure of a file.
  function addressOf(did) {
    const [host, ...path] = did.replace(/^did:web:/, '').split(':');
    return `https://${decodeURIComponent(host)}/${path.join('/') || '.well-known'}/did.json`;
  }

  // A moment of the document as a day and time of the reader's.
  const moment = text => {
    const found = new Date(text);
    return Number.isNaN(found.getTime()) ? text
      : found.toLocaleString(english ? 'en-GB' : 'zh-CN', {dateStyle: 'long', timeStyle: 'short'});
  };

  async function take(items) {
    let credential = null;
    let fault = null;
    for (const {name, text} of items) {
      let found;
      try {
        found = checks.read(text.replace(/^\ufeff/, '').trim());
      } catch {
        fault = name;
        continue;
      }
      if (Array.isArray(found.verificationMethod)) own.keys.push(found);
      else if ([].concat(found.type).includes('BitstringStatusListCredential')) own.lists.push(found);
      else credential = found;
    }
    if (fault !== null) {
      shown = {fault};
    } else if (credential ?? shown?.credential) {
      shown = await looked(credential ?? shown.credential);
    }
    if (shown) show(shown);
  }

  async function looked(credential) {
    const found = await checks.verify(
      credential, [...snapshot.keys, ...own.keys], [...snapshot.lists, ...own.lists], Date.now());
    const issuer = checks.issuerOf(credential);
    return {credential, found, hasOwnKeys: own.keys.some(({id}) => id === issuer)};
  }

  function show({fault, credential, found, hasOwnKeys}) {
    place.replaceChildren();
    if (fault !== undefined) {
      place.append(toned('p', 'banner refused', say('unreadable', fault)));
      return;
    }
    const banner = toned('h2', `banner ${found.verdict}`, say(found.verdict));
    banner.tabIndex = -1;
    place.append(banner);
    if (hasOwnKeys) {
      place.append(toned('p', 'note', say('own-keys', addressOf(checks.issuerOf(credential)))));
    }
    const list = element('ul');
    list.className = 'checks';
    for (const item of found.checks) {
      list.append(element('li', '',
        toned('span', `tag ${item.result}`, say(item.result)),
        element('strong', say(item.name)), element('span', say(item.why))));
    }
    place.append(list);
    if (found.kind) place.append(said(credential, found));
    banner.focus();
  }

  function said(credential, found) {
    const section = element('section', '', element('h3', `${say('says')}：${credential.name ?? ''}`));
    if (found.verdict !== 'accepted') section.append(toned('p', 'note', say('only-if')));
    const subject = credential.credentialSubject;
    const state = (credential.evidence ?? [])[0] ?? {};
    const facts = element('dl');
    const rows = [
      ['name', subject.name ?? subject.identifier?.[0]?.identityHash],
      ['school', credential.issuer?.name], ['since', moment(credential.validFrom)],
      ['until', credential.validUntil && moment(credential.validUntil)],
      ...['major', 'className', 'college', 'outcomeName', 'stageName', 'totalCredits',
        'gradePointAverage', 'shortfall'].map(name => [name, subject[name]]),
      ['ledgerSeq', state.ledgerSeq], ['asOf', state.asOf],
    ];
    for (const [name, value] of rows) {
      if (value === undefined || typeof value === 'object') continue;
      facts.append(element('div', '', element('dt', say(name)), element('dd', String(value))));
    }
    section.append(facts);
    if (Array.isArray(subject.records)) section.append(table(subject.records));
    for (const [at, part] of (subject.verifiableCredential ?? []).entries()) {
      const inner = element('details', '', element('summary', `${part.name ?? ''} — ${
        say(found.parts[at].verdict)}`), said(part, found.parts[at]));
      section.append(inner);
    }
    return section;
  }

  function table(records) {
    const head = element('tr', '',
      ...['course', 'credits', 'mark'].map(name => element('th', say(name))));
    const body = records.slice(0, MEMBERS_MAX).map(record => element('tr', '',
      element('td', String(record.name ?? '')), element('td', String(record.credits ?? '')),
      element('td', String(record.mark ?? ''))));
    return element('table', '', element('thead', '', head), element('tbody', '', ...body));
  }

  const files = document.getElementById('files');
  const pasted = document.getElementById('pasted');
  const opened = list => Promise.all([...list].map(async file => (
    {name: file.name, text: await file.text()})));
  files.addEventListener('change', async () => {
    await take(await opened(files.files));
    files.value = '';
  });
  document.getElementById('check').addEventListener('click', () => {
    if (pasted.value.trim()) take([{name: say('paste'), text: pasted.value}]);
  });
  document.getElementById('language').addEventListener('click', () => {
    english = !english;
    speak();
  });
  document.addEventListener('dragover', event => {
    event.preventDefault();
    document.body.classList.add('over');
  });
  document.addEventListener('dragleave', () => document.body.classList.remove('over'));
  document.addEventListener('drop', async event => {
    event.preventDefault();
    document.body.classList.remove('over');
    await take(await opened(event.dataTransfer.files));
  });
  speak();
  if (!globalThis.crypto?.subtle) {
    document.getElementById('form').hidden = true;
    place.append(toned('p', 'banner refused', say('insecure')));
  }
  globalThis.creditbankOffline = {
    read: checks.read, verify: checks.verify, snapshot,
  };
})();
