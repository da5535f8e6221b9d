// Checks a credential as creditbank/credentials/verifying.py does, in a browser, asking nobody.
// ed25519: the functions of @noble/ed25519, for browsers whose own cryptography has no Ed25519.
const makeChecks = ed25519 => {
  'use strict';
  const V2 = 'https://www.w3.org/ns/credentials/v2';
  const PUBLISHED = [
    'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
    'https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json',
  ];
  const OURS = '/contexts/credentials/v1';
  const KINDS = [
    'TranscriptCredential', 'CreditStatementCredential', 'GraduationEligibilityCredential',
    'ArticulationStatusCredential', 'AchievementCredential', 'ClrCredential',
  ];
  const LIST_BYTES_MIN = 16384;
  const LIST_BYTES_MAX = 1 << 24;
  const PARTS_MAX = 500;
  const TOKENS =
    /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?[0-9][0-9.eE+-]*|[{}[\]:,]/g;
  const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  const MOMENT =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;

  const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value);
  const texts = value =>
    Array.isArray(value) && value.every(item => typeof item === 'string') ? value : [];
  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

  // The JSON object of a text; an error for doubled names, floats and half surrogates, which two
  // readers could read apart.
  function read(text) {
    const found = JSON.parse(text);
    const open = [];
    let previous = '';
    for (const [token] of text.matchAll(TOKENS)) {
      if (token === '{' || token === '[') {
        open.push(token === '{' ? new Set() : null);
      } else if (token === '}' || token === ']') {
        open.pop();
      } else if (token === ':') {
        const names = open[open.length - 1];
        const name = JSON.parse(previous);
        if (names.has(name)) throw new Error('doubled name');
        names.add(name);
      } else if (/^-?[0-9]/.test(token) && !Number.isSafeInteger(Number(token))) {
        throw new Error('no integer');
      } else if (/^-?[0-9].*[.eE]/.test(token)) {
        throw new Error('no integer');
      }
      previous = token;
    }
    if (!isObject(found)) throw new Error('no object');
    canonical(found);
    return found;
  }

  // RFC 8785: names in the order of their UTF-16 units, no spaces.
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
    if (isObject(value)) {
      const parts = Object.keys(value).sort()
        .map(name => `${canonical(name)}:${canonical(value[name])}`);
      return `{${parts.join(',')}}`;
    }
    if (typeof value === 'string' && /[\ud800-\udfff]/u.test(value)) throw new Error('surrogate');
    return JSON.stringify(value);
  }

  function base58(text) {
    if (typeof text !== 'string' || text[0] !== 'z' || text.length > 200) return null;
    let number = 0n;
    for (const sign of text.slice(1)) {
      const digit = ALPHABET.indexOf(sign);
      if (digit < 0) return null;
      number = number * 58n + BigInt(digit);
    }
    const bytes = [];
    for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
    for (const sign of text.slice(1)) {
      if (sign !== '1') break;
      bytes.unshift(0);
    }
    return Uint8Array.from(bytes);
  }

  function keyBytes(multikey) {
    const found = base58(multikey);
    const isKey = found && found.length === 34 && found[0] === 0xed && found[1] === 0x01;
    return isKey ? found.slice(2) : null;
  }

  async function signedBytes(unsecured, options) {
    const hashes = await Promise.all([options, unsecured].map(part =>
      crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical(part)))));
    const found = new Uint8Array(64);
    found.set(new Uint8Array(hashes[0]), 0);
    found.set(new Uint8Array(hashes[1]), 32);
    return found;
  }

  async function isSigned(signature, message, key) {
    let imported;
    try {
      imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    } catch {
      return ed25519.verifyAsync(signature, message, key, {zip215: false});
    }
    return crypto.subtle.verify('Ed25519', imported, signature, message);
  }

  async function proofHolds(document, key) {
    const {proof, ...unsecured} = document;
    const {proofValue, ...options} = proof;
    if (proof.type !== 'DataIntegrityProof' || proof.cryptosuite !== 'eddsa-jcs-2022' ||
        proof.proofPurpose !== 'assertionMethod') return false;
    if (has(options, '@context') &&
        canonical(options['@context']) !== canonical(unsecured['@context'] ?? null)) return false;
    const signature = base58(proofValue);
    if (!signature || signature.length !== 64) return false;
    try {
      return await isSigned(signature, await signedBytes(unsecured, options), key);
    } catch {
      return false;
    }
  }

  const issuerOf = document => {
    const found = isObject(document.issuer) ? document.issuer.id : document.issuer;
    return typeof found === 'string' ? found : null;
  };
  const moment = text =>
    typeof text === 'string' && MOMENT.test(text) && !Number.isNaN(Date.parse(text))
      ? Date.parse(text) : null;
  const check = (name, result, why) => ({name, result, why});

  function kindOf(document) {
    const types = texts(document.type);
    const contexts = texts(document['@context']);
    const kinds = types.filter(name => KINDS.includes(name));
    const ours = contexts.slice(1).filter(name => !PUBLISHED.includes(name));
    if (kinds.length !== 1 || !types.includes('VerifiableCredential') || contexts[0] !== V2 ||
        ours.length !== 1 || !ours[0].endsWith(OURS) || typeof document.id !== 'string' ||
        !isObject(document.credentialSubject) || issuerOf(document) === null) return null;
    if (kinds[0] === 'ClrCredential') {
      const parts = document.credentialSubject.verifiableCredential;
      if (!Array.isArray(parts) || !parts.length || parts.length > PARTS_MAX ||
          !parts.every(part => isObject(part) && !texts(part.type).includes('ClrCredential'))) {
        return null;
      }
    }
    return kinds[0];
  }

  function findKey(keys, method) {
    const found = (Array.isArray(keys.verificationMethod) ? keys.verificationMethod : [])
      .find(item => isObject(item) && item.id === method);
    const bytes = found && keyBytes(found.publicKeyMultibase);
    if (!bytes || found.controller !== keys.id) return null;
    return {
      bytes,
      isRevoked: has(found, 'revoked'),
      asserts: texts(keys.assertionMethod).includes(method),
      from: moment(found.usedFrom),
      until: moment(found.usedUntil),
    };
  }

  function ofKey(key, proof) {
    const created = moment(proof.created);
    if (key.isRevoked || !key.asserts) return check('key', 'failed', 'key-revoked');
    if (created === null || (key.from !== null && created < key.from) ||
        (key.until !== null && created > key.until)) {
      return check('key', 'failed', 'key-not-in-use');
    }
    return check('key', 'passed', 'key-good');
  }

  async function ofProof(document, trusted) {
    if (!isObject(document.proof)) return [null, [check('proof', 'failed', 'proof-none')]];
    const keys = trusted.filter(item => item.id === issuerOf(document)).pop();
    if (!keys) {
      return [null, [
        check('key', 'unchecked', 'key-unknown'), check('proof', 'unchecked', 'proof-unchecked'),
      ]];
    }
    const key = findKey(keys, document.proof.verificationMethod);
    if (!key) {
      return [null, [
        check('key', 'failed', 'key-foreign'), check('proof', 'failed', 'proof-bad'),
      ]];
    }
    const holds = await proofHolds(document, key.bytes);
    return [key, [
      ofKey(key, document.proof),
      holds ? check('proof', 'passed', 'proof-good') : check('proof', 'failed', 'proof-bad'),
    ]];
  }

  function ofDates(document, at) {
    const from = moment(document.validFrom);
    const until = moment(document.validUntil);
    if (from === null || (has(document, 'validUntil') && until === null)) {
      return check('dates', 'failed', 'dates-none');
    }
    if (at < from) return check('dates', 'failed', 'dates-early');
    if (until !== null && at > until) return check('dates', 'failed', 'dates-over');
    return check('dates', 'passed', 'dates-good');
  }

  async function unzip(encoded) {
    if (typeof encoded !== 'string' || !/^u[A-Za-z0-9_-]+$/.test(encoded)) return null;
    const plain = atob(encoded.slice(1).replace(/-/g, '+').replace(/_/g, '/'));
    const zipped = Uint8Array.from(plain, sign => sign.charCodeAt(0));
    const reader = new Blob([zipped]).stream()
      .pipeThrough(new DecompressionStream('gzip')).getReader();
    const found = [];
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      found.push(...value);
      if (found.length > LIST_BYTES_MAX) return null;
    }
    return found.length >= LIST_BYTES_MIN ? found : null;
  }

  async function bitOf(document, list, status, trusted, at) {
    if (issuerOf(list) !== issuerOf(document)) return null;
    const [, checks] = await ofProof(list, trusted);
    checks.push(ofDates(list, at));
    if (checks.some(({result}) => result !== 'passed')) return null;
    const subject = list.credentialSubject;
    if (!isObject(subject) || subject.type !== 'BitstringStatusList' ||
        subject.statusPurpose !== status.statusPurpose ||
        typeof status.statusListIndex !== 'string' ||
        !/^(0|[1-9][0-9]{0,8})$/.test(status.statusListIndex)) return null;
    const bits = await unzip(subject.encodedList).catch(() => null);
    const index = Number(status.statusListIndex);
    if (!bits || index >= bits.length * 8) return null;
    return Boolean(bits[index >> 3] & (0x80 >> (index & 7)));
  }

  async function ofStatus(document, trusted, lists, at, key) {
    const status = document.credentialStatus;
    if (!isObject(status) || status.type !== 'BitstringStatusListEntry') {
      return check('status', 'failed', 'status-none');
    }
    const list = lists.filter(item => item.id === status.statusListCredential).pop();
    if (!list || !key) return check('status', 'unchecked', 'status-unknown');
    const bit = await bitOf(document, list, status, trusted, at);
    if (bit === null) return check('status', 'failed', 'status-bad-list');
    return bit ? check('status', 'failed', 'status-ended') : check('status', 'passed', 'status-good');
  }

  function ofParts(document, parts) {
    const subject = document.credentialSubject;
    const isOne = subject.verifiableCredential
      .every(part => !isObject(part.credentialSubject) || part.credentialSubject.id === subject.id);
    if (!isOne || parts.some(({verdict}) => verdict === 'refused')) {
      return check('parts', 'failed', 'parts-bad');
    }
    return parts.every(({verdict}) => verdict === 'accepted')
      ? check('parts', 'passed', 'parts-good') : check('parts', 'unchecked', 'parts-unchecked');
  }

  function judged(kind, checks, parts) {
    const results = checks.map(({result}) => result);
    const verdict = results.includes('failed') ? 'refused'
      : results.every(result => result === 'passed') ? 'accepted' : 'incomplete';
    return {kind, checks, parts, verdict};
  }

  // trusted: DID documents of schools; lists: status lists; at: milliseconds.
  async function verify(document, trusted, lists, at) {
    const kind = kindOf(document);
    if (kind === null) return judged(null, [check('form', 'failed', 'form-wrong')], []);
    const [key, ofKeyAndProof] = await ofProof(document, trusted);
    const checks = [
      check('form', 'passed', 'form-right'), ...ofKeyAndProof, ofDates(document, at),
      await ofStatus(document, trusted, lists, at, key),
    ];
    const parts = [];
    if (kind === 'ClrCredential') {
      for (const part of document.credentialSubject.verifiableCredential) {
        parts.push(await verify(part, trusted, lists, at));
      }
      checks.push(ofParts(document, parts));
    }
    return judged(kind, checks, parts);
  }

  return {read, verify, issuerOf};
};
