"""`python dhis2_client.py ADDRESS METADATA`, run where pydhis2 is: as a user of it would pull values, and push them on.

Prints what it saw: how many values, their sum, units, elements and periods.
"""

import asyncio
import json
import sys
from pathlib import Path

from pydhis2.core.client import AsyncDHIS2Client
from pydhis2.core.types import DHIS2Config


async def carry(address: str, metadata: dict[str, object]) -> dict[str, object]:
    async with AsyncDHIS2Client(
        DHIS2Config(base_url=address, auth=("pusdatin", "secret"), enable_cache=False)
    ) as client:
        await client.metadata.import_(metadata, atomic=True)
        values = await client.datavaluesets.pull()
        pushed = await client.datavaluesets.push(values, chunk_size=500)
    return {
        "values": len(values),
        "sum": int(values["value"].sum()),
        "units": values["orgUnit"].nunique(),
        "elements": values["dataElement"].nunique(),
        "periods": sorted(str(each) for each in values["period"].unique()),
        "imported": pushed.imported,
    }


if __name__ == "__main__":
    seen = asyncio.run(carry(sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))))
    sys.stdout.write(json.dumps(seen) + "\n")
