// The scan desk: a tone for each scan, and the input ready for the next one.

let audio;

function tone(frequency, length, start = 0) {
  const sound = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + start;
  sound.frequency.value = frequency;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + length);
  sound.connect(volume).connect(audio.destination);
  sound.start(at);
  sound.stop(at + length);
}

function sing(outcome) {
  audio ??= new AudioContext();
  if (outcome === "bad") tone(180, 0.45);
  else if (outcome === "next") tone(660, 0.12);
  else if (outcome === "done") {
    tone(880, 0.12);
    tone(1320, 0.18, 0.12);
  }
}

document.body.addEventListener("htmx:afterSettle", () => {
  const desk = document.querySelector("#scan-desk");
  if (!desk) return;
  sing(desk.dataset.scan);
  desk.querySelector("#code").focus();
});
