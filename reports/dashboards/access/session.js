// A session may end while a page is open: whoever is then refused an answer is led to the log-in page, and back.
(function () {
  "use strict";
  const ask = window.fetch;
  window.fetch = async function (...asked) {
    const answer = await ask.apply(this, asked);
    if (answer.status === 401) {
      const here = window.location.pathname + window.location.search;
      window.location.assign("/login?next=" + encodeURIComponent(here));
    }
    return answer;
  };
})();
