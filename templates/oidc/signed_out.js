// The page after a sign-out: shows which apps' frames have answered, and goes on to the app that asked for it when all
// have, or after a while (OpenID Connect Front-Channel Logout 1.0 section 3). Without it, the page's own refresh does.
// It stands before the frames, so that it misses none of them.
(function () {
  "use strict";
  var PATIENCE = 3000;
  var gone = false;

  function say(frame, what) {
    var place = document.getElementById(frame.getAttribute("data-for"));
    var text = place && place.getAttribute("data-" + what);
    if (text) { place.textContent = text; }
  }

  function goOn() {
    var link = document.getElementById("next");
    if (link && !gone) {
      gone = true;
      window.location.replace(link.href);
    }
  }

  document.addEventListener("load", function (event) {
    var frame = event.target;
    if (frame && frame.tagName === "IFRAME") {
      say(frame, "answered");
      frame.setAttribute("data-done", "");
    }
  }, true);
  // It comes when every frame has loaded
  window.addEventListener("load", goOn, false);
  window.setTimeout(function () {
    var frames = document.getElementsByTagName("iframe");
    for (var i = 0; i < frames.length; i += 1) {
      if (!frames[i].hasAttribute("data-done")) { say(frames[i], "silent"); }
    }
    goOn();
  }, PATIENCE);
}());
