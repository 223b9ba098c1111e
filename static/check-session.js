// Answers an app's page that asks whether its person is still signed in: OpenID Connect Session Management 1.0
// section 3.3. When the browser shows no state here (it keeps frames' cookies apart, or has forgotten it), nobody knows:
// "error", which asks for nothing. It runs in old engines, and on pages without https, where there is no crypto.subtle.
(function () {
  "use strict";
  var NAME = document.documentElement.getAttribute("data-cookie") + "=";

  // The value of our cookie; null when there is none, or more than one
  function state() {
    var found = null;
    var pairs;
    try { pairs = document.cookie.split("; "); } catch (refused) { return null; }
    for (var i = 0; i < pairs.length; i += 1) {
      if (pairs[i].indexOf(NAME) === 0) {
        if (found !== null) { return null; }
        found = pairs[i].slice(NAME.length);
      }
    }
    return found;
  }

  // The first 32 bits of the fractional parts of a root of the primes: FIPS 180-4 sections 4.2.2 and 5.3.3
  function constants(count, root) {
    var words = [];
    for (var n = 2; words.length < count; n += 1) {
      var prime = true;
      for (var d = 2; d * d <= n; d += 1) { if (n % d === 0) { prime = false; } }
      if (prime) { words.push((Math.pow(n, 1 / root) % 1) * 4294967296 | 0); }
    }
    return words;
  }
  var K = constants(64, 3);
  var FIRST = constants(8, 2);

  // SHA-256 of ASCII text in base64url: FIPS 180-4 section 6.2
  function digest(text) {
    var bits = text.length * 8;
    text += "\u0080";
    while (text.length % 64 !== 56) { text += "\u0000"; }
    text += "\u0000\u0000\u0000\u0000" + String.fromCharCode(bits >>> 24 & 255, bits >>> 16 & 255, bits >>> 8 & 255, bits & 255);
    function turn(x, n) { return x >>> n | x << 32 - n; }
    var hash = FIRST.slice();
    for (var block = 0; block < text.length; block += 64) {
      var w = [];
      var h = hash.slice();
      for (var t = 0; t < 64; t += 1) {
        if (t < 16) {
          var at = block + t * 4;
          w[t] = text.charCodeAt(at) << 24 | text.charCodeAt(at + 1) << 16 | text.charCodeAt(at + 2) << 8 | text.charCodeAt(at + 3);
        } else {
          var a = w[t - 15];
          var b = w[t - 2];
          w[t] = w[t - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[t - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10) | 0;
        }
        var one = h[7] + (turn(h[4], 6) ^ turn(h[4], 11) ^ turn(h[4], 25)) + (h[4] & h[5] ^ ~h[4] & h[6]) + K[t] + w[t] | 0;
        var two = (turn(h[0], 2) ^ turn(h[0], 13) ^ turn(h[0], 22)) + (h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2]) | 0;
        h = [one + two | 0, h[0], h[1], h[2], h[3] + one | 0, h[4], h[5], h[6]];
      }
      for (var i = 0; i < 8; i += 1) { hash[i] = hash[i] + h[i] | 0; }
    }
    var bytes = "";
    for (var j = 0; j < 8; j += 1) {
      bytes += String.fromCharCode(hash[j] >>> 24 & 255, hash[j] >>> 16 & 255, hash[j] >>> 8 & 255, hash[j] & 255);
    }
    return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function verdict(message, origin) {
    var parts = /^([!-~]+) ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(typeof message === "string" ? message : "");
    var now = state();
    if (!parts || now === null) { return "error"; }
    return digest(parts[1] + " " + origin + " " + now + " " + parts[3]) === parts[2] ? "unchanged" : "changed";
  }

  window.addEventListener("message", function (event) {
    // A page without an origin can't be answered
    if (event.source && event.origin !== "null") {
      event.source.postMessage(verdict(event.data, event.origin), event.origin);
    }
  }, false);
}());
