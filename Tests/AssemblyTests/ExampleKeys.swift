/// Public keys made once by `age-keygen` and `ssh-keygen`; their private halves were thrown away.
enum ExampleKeys {
    static let recipients = [
        "age1fa9zp7yy0733s774mdure349gnevx6jk5fgwrwx8vmgs7kq90c5sflsxzk",
        "age1dd8h08y9v89nekg7cr4mthdeld8xmhkmr4c377usc5rvx0khrfps2clmzl",
        "age133ryr933ml4r4em8ghxn7wmjz52hzp7avtxu939k87m9lzr0m54s4e7zjr",
        "age1w4723hyhecylpzthun7s6zzzxp8vc82j94kdaf7eamdd0c5s94gs09sp03",
    ]
    static let signer = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqYPUFwotTB1fk7wRJch1DaU4W7k4jQ+4nhhVnt/aCB registry.example.com"
    /// An identity that opens nothing: its recipient is not in use anywhere.
    static let identity = "AGE-SECRET-KEY-1L34UZD6RW5QMTM53UFXLHL4ZC0KPGR9PWCG3A9DPXDT24YYR27LQMM7W2Y"
}
