// Passkeys: asks the browser to make one, or to sign in with one, and sends what it gave as the form
// that stands in the page. Without this script the forms say what to do instead. Nothing is kept.
"use strict";

const PATIENCE_MS = 10000;

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function spelt(buffer) {
  if (!buffer) return "";
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function say(form, what) {
  const place = form.querySelector("[data-told]");
  place.textContent = place.dataset[what];
  place.hidden = !place.textContent;
}

async function optionsFor(form) {
  const csrf = form.elements.csrf;
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams(csrf ? { csrf: csrf.value } : {}),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error("away");
  return answer.json();
}

// What an authenticator derives for these bytes and gives nobody else: it unlocks the keyring.
function derivedFor(salt) {
  return { prf: { eval: { first: bytes(salt) } } };
}

function outputOf(credential) {
  const { prf } = credential.getClientExtensionResults();
  return prf && prf.results ? prf.results.first : null;
}

function get(told, challenge, allowed) {
  return navigator.credentials.get({
    publicKey: {
      challenge,
      rpId: told.rp.id || told.rp,
      userVerification: "required",
      allowCredentials: allowed,
      extensions: derivedFor(told.salt),
    },
  });
}

async function make(told) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(told.challenge),
      rp: told.rp,
      user: { ...told.user, id: bytes(told.user.id) },
      pubKeyCredParams: told.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: told.exclude.map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
      extensions: derivedFor(told.salt),
    },
  });
  let output = outputOf(made);
  const { prf } = made.getClientExtensionResults();
  if (!output && prf && prf.enabled) {
    // Many authenticators derive only when they are asked again. What they sign here is nobody's.
    const allowed = [{ type: "public-key", id: made.rawId }];
    const again = await get(told, crypto.getRandomValues(new Uint8Array(32)), allowed);
    output = outputOf(again);
  }
  return {
    attestation: spelt(made.response.attestationObject),
    client_data: spelt(made.response.clientDataJSON),
    prf: spelt(output),
  };
}

async function signIn(told) {
  const found = await get(told, bytes(told.challenge), []);
  const output = outputOf(found);
  if (!output) throw new Error("locked");
  return {
    credential: spelt(found.rawId),
    authenticator_data: spelt(found.response.authenticatorData),
    client_data: spelt(found.response.clientDataJSON),
    signature: spelt(found.response.signature),
    prf: spelt(output),
  };
}

const WAYS = { enrol: make, "sign-in": signIn };

async function ask(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  say(form, "nothing");
  try {
    const told = await optionsFor(form).catch(() => Promise.reject(new Error("away")));
    const given = await WAYS[form.dataset.passkey](told);
    for (const [name, value] of Object.entries({ challenge: told.challenge, ...given })) {
      form.elements[name].value = value;
    }
    form.submit();
  } catch (error) {
    say(form, ["away", "locked"].includes(error.message) ? error.message : "none");
    button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }
}
