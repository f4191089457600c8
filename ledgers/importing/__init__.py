"""Importing the workbooks offices already have, as they are.

1. Receive      ``receive``, ``reading``, ``child``: what kind of file, parsed in a process of its own
2. Understand   ``layout``, ``titles``, ``headers``, ``rows``: header and columns, what stands around, records
3. Check        ``checking``, ``defaults``, ``cells``, ``dates``, ``units_of_measure``, ``lookups``: every cell
                ``plan``, ``matching``, ``constraints``: new, changed, unchanged, wrong, against the records
                ``counting``, ``totals``: for ledgers of counts, where nothing but totals may be kept
4. Show         ``preview``, ``forms``, ``choices``: what the user sees, and says about how to read it
                ``giving_back``, ``marking``: the user's own workbook with its wrong cells marked
5. Apply        ``apply``, ``kept``, ``packing``, ``making``: what was shown, in one transaction, in bulk, with history
6. Undo         ``undo``, ``left_alone``

``settling`` sees to it that no uploaded file is kept longer than needed; ``blank`` makes workbooks to start from, and
``own_sheets`` knows the sheets that the product has put into a workbook. ``pace`` is for stretches with many rows.

``batches`` (``counted_batches`` for ledgers of counts) strings the steps together for views, jobs and the command line.
A ledger declares its columns with ``sheets`` and ``cells``.
"""
