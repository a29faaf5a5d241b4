from collection.lib.masking import mask_address, mask_card, mask_id, mask_name, mask_phone


def test_masks_show_only_the_ends():
    """CR-46"""
    shown = [mask_phone("13812341234"), mask_phone("057188886666"), mask_id("330106198506071234"), mask_card("6222021234561234"), mask_name("张三丰")]

    assert shown == ["138****1234", "0571****66", "3301**********1234", "6222 **** **** 1234", "张**"]


def test_mask_address_stops_at_the_district():
    assert [mask_address("浙江省杭州市西湖区文三路1号"), mask_address("文三路90号东部软件园"), mask_address("")] == [
        "浙江省杭州市西湖区****",
        "文三路90号****",
        "",
    ]


def test_masks_hide_short_values_altogether():
    assert [mask_phone("1234"), mask_id("12345678"), mask_card("123")] == ["****", "********", "***"]
