"""The story of a key for uploads, on an account whose keys have roles."""

import asyncio
from pathlib import Path
from typing import Final

import cloudinary.uploader
import pytest
from cloudinary import exceptions

from tests.scenarios.opening import open_link, whose
from tests.scenarios.presses import ask, card, notified, pressed
from tests.scenarios.system import ADA, MIA, TOM, Json, System, link_of, running_system

PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="
WHY: Final = "key why ci-upload delete --env production"


async def used(system: System, function: str, pair: Json, *about: str) -> object:
    """Use the pair as a customer's program does."""
    return await asyncio.to_thread(
        getattr(cloudinary.uploader, function),
        *about,
        upload_prefix=system.twins.at.cloudinary,
        cloud_name="lumen-production",
        api_key=pair["api_key"],
        api_secret=pair["api_secret"],
    )


async def test_a_key_for_uploads_can_upload_and_nothing_else(tmp_path: Path) -> None:
    """Asked for, approved with its role on the card, revealed, used, and explained"""
    async with running_system(tmp_path, permissions=True) as system:
        text = 'request production ci-upload --reason "uploads of the build"'
        asked_back = await system.send(text, MIA)
        assert "Choose what the key may do, the least first." in asked_back["text"]
        await ask(system, f'{text} --role "Upload manager"', MIA)
        posted = await card(system, "ci-upload")
        assert "Role: Upload manager: Responsible for managing upload presets" in posted["text"]
        await pressed(system, ADA, posted, "approve")
        await notified(system, MIA, "The key is created")
        link = link_of(await system.send("claim ci-upload", MIA))
        assert "Upload manager" == (await whose(system, link))[1]["role"]
        pair = await open_link(system, link)
        await used(system, "upload", pair, PIXEL)
        with pytest.raises(exceptions.NotAllowed, match="missing permissions"):
            await used(system, "destroy", pair, "anything")
        explained = (await system.send(WHY, TOM))["text"]
        assert "Delete assets: no. None of its roles allows it." in explained
        assert "/cld key roles ci-upload add" in explained
