// Asks a passkey to confirm one record. The challenge is the digest of that record; what the passkey
// answers goes into the form, and the form is sent. Whatever fails is told, and nothing is sent.
"use strict";

const PATIENCE_MS = 120000;

function bytesOf(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

function put(form, name, buffer) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = base64(buffer);
  form.append(field);
}

function say(form, what) {
  const place = form.querySelector("[data-told]");
  place.textContent = place.dataset[what];
  place.hidden = false;
}

function asked(form) {
  const { challenge, rp, credentials } = form.dataset;
  return {
    challenge: bytesOf(challenge),
    rpId: rp,
    allowCredentials: credentials
      .split(" ")
      .map((one) => ({ type: "public-key", id: bytesOf(one) })),
    userVerification: "required",
    timeout: PATIENCE_MS,
  };
}

async function confirmWith(form) {
  if (!window.PublicKeyCredential) return say(form, "none");
  if (location.origin !== form.dataset.origin) return say(form, "elsewhere");
  form.inert = true;
  try {
    const found = await navigator.credentials.get({ publicKey: asked(form) });
    put(form, "credential", found.rawId);
    put(form, "authenticator_data", found.response.authenticatorData);
    put(form, "client_data", found.response.clientDataJSON);
    put(form, "signature", found.response.signature);
  } catch {
    form.inert = false;
    return say(form, "refused");
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirmWith(form);
  });
}
