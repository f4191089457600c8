"""Reports on the screen: one module for each thing a user does with them.

listing.py   the list                         editing.py   the text: page, autosave, preview, restore
drafting.py  ask for drafts, one or many      signing.py   submit, accept findings, withdraw, return, sign
showing.py   a report, its files, versions    drift.py     what has changed since it was signed
assisting.py what the editor's script asks for: figures to choose from, who is signed in
"""
