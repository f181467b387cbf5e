"""The edge agent: keeps a plant's messages on disk until Odoo has them.

It runs without Odoo. Copy this folder to the plant's computer and start it with
``python3 -m edge_agent --config edge-agent.toml``; see README.md.
"""

VERSION = "1.0"
