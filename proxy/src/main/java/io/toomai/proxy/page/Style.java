package io.toomai.proxy.page;

/// How the page looks: from the width of a phone on, by day and by night. Words say what colours
/// say, too.
final class Style {
    static final String SHEET =
            """
            :root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b1f24;
              --soft: #5b6570; --line: #dfe3e8; --good: #17692f; --goodback: #dcf2e2;
              --bad: #a3160d; --badback: #fde4e1; --note: #7a4a00; --noteback: #fdefd0; }
            @media (prefers-color-scheme: dark) { :root { --back: #101418; --card: #1a2027;
              --text: #e6eaee; --soft: #9aa6b2; --line: #2c353f; --good: #7fdc9b;
              --goodback: #163522; --bad: #ff9d94; --badback: #4a1a17; --note: #f5c76b;
              --noteback: #40300f; } }
            * { box-sizing: border-box; }
            body { margin: 0; background: var(--back); color: var(--text);
              font: 15px/1.45 system-ui, sans-serif; }
            main { max-width: 76rem; margin: 0 auto; padding: .75rem; }
            h1 { font-size: 1.25rem; margin: 0; }
            h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
            h3 { font-size: 1rem; margin: 0; display: inline; }
            p { margin: .25rem 0; }
            .soft { color: var(--soft); }
            .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
              padding: .6rem .8rem; margin: .6rem 0; }
            .bad { background: var(--badback); color: var(--bad); }
            .note { background: var(--noteback); color: var(--note); }
            .good { background: var(--goodback); color: var(--good); }
            ul.news { list-style: none; margin: .75rem 0; padding: 0; }
            ul.news li { padding: .55rem .8rem; border-radius: .5rem; margin: .4rem 0;
              font-weight: 600; overflow-wrap: anywhere; }
            .chip { display: inline-block; border-radius: .3rem; padding: 0 .45rem;
              font-weight: 600; white-space: nowrap; }
            .plain { border: 1px solid var(--line); color: var(--soft); }
            table { width: 100%; border-collapse: collapse; margin-top: .4rem;
              font-variant-numeric: tabular-nums; }
            th { text-align: left; font-weight: 600; color: var(--soft); font-size: .85rem; }
            th, td { padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line);
              vertical-align: top; overflow-wrap: anywhere; }
            thead th { border-top: 0; }
            th.n, td.n { text-align: right; }
            th.n + th:not(.n), td.n + td:not(.n) { padding-left: 1rem; }
            a { color: inherit; }
            @media (max-width: 46rem) {
              thead { position: absolute; left: -9999px; }
              table, tbody, tr, td { display: block; width: 100%; }
              tr { border-top: 1px solid var(--line); padding: .4rem 0; }
              td, td.n, td.n + td:not(.n) { border: 0; padding: .08rem 0; display: flex; gap: .75rem;
                text-align: right; justify-content: space-between; }
              td::before { content: attr(data-name); color: var(--soft); text-align: left;
                flex: none; }
              td.key { font-weight: 600; justify-content: flex-start; text-align: left; }
              td.key::before { content: none; }
            }
            """;

    private Style() {}
}
