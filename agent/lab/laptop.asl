// What makes a laptop of qemu's machine: a lid, a mains plug and a battery, for
// the kernel's own drivers (ACPI 6.5, chapters 9.4 and 10). How they stand is kept
// in the page register of DMA channel 1, which nothing uses and the guest can set.
DefinitionBlock ("", "SSDT", 2, "FARMW", "LAPTOP", 1)
{
    OperationRegion (PAGE, SystemIO, 0x83, 1)
    Field (PAGE, ByteAcc, NoLock, Preserve) { SHUT, 1, LOOS, 1 } // lid closed, plug out

    Scope (\_SB)
    {
        Device (LID0)
        {
            Name (_HID, EisaId ("PNP0C0D"))
            Method (_LID) { Return (LNot (SHUT)) }
        }
        Device (AC)
        {
            Name (_HID, "ACPI0003")
            Name (_PCL, Package () { \_SB })
            Method (_PSR) { If (LOOS) { Return (0) } Return (1) }
        }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 1)
            Name (_PCL, Package () { \_SB })
            Method (_STA) { Return (0x1F) }
            // mWh: design, last full; rechargeable; mV; warning, low; model, serial, type, maker
            Name (_BIF, Package () { 0, 50000, 45000, 1, 11400, 4500, 2000, 100, 100, "LAB", "1", "LION", "farmwatch" })
            Method (_BST) { If (LOOS) { Return (Package () { 1, 9000, 40000, 11400 }) } Return (Package () { 0, 0, 45000, 11400 }) }
        }
    }
}
