//! SHA-256, and SHA-224 that is its shortened sister (FIPS 180-4).

/// The digest; shortened to that of SHA-224 if `short`.
pub fn sha2(bytes: &[u8], short: bool) -> Vec<u8> {
    let mut state: [u32; 8] = match short {
        true => {
            [0xc105_9ed8, 0x367c_d507, 0x3070_dd17, 0xf70e_5939, 0xffc0_0b31, 0x6858_1511, 0x64f9_8fa7, 0xbefa_4fa4]
        }
        false => {
            [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19]
        }
    };
    let constants = constants();
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in message.chunks(64) {
        let mut words = [0u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks(4)) {
            *word = bytes.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
        }
        for place in 16..64 {
            let (a, b) = (words[place - 15], words[place - 2]);
            let low = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let high = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            words[place] = words[place - 16].wrapping_add(low).wrapping_add(words[place - 7]).wrapping_add(high);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for place in 0..64 {
            let high = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = e & f ^ !e & g;
            let one =
                h.wrapping_add(high).wrapping_add(choice).wrapping_add(constants[place]).wrapping_add(words[place]);
            let low = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let two = low.wrapping_add(a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(one), c, b, a, one.wrapping_add(two));
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(new);
        }
    }
    let mut digest: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    digest.truncate(if short { 28 } else { 32 });
    digest
}

/// The first 32 bits of the fractions of the cube roots of the first 64 primes, by whole numbers.
fn constants() -> [u32; 64] {
    let mut constants = [0; 64];
    let mut prime: u128 = 1;
    for constant in &mut constants {
        prime += 1;
        while (2..prime).take_while(|divisor| divisor * divisor <= prime).any(|divisor| prime.is_multiple_of(divisor)) {
            prime += 1;
        }
        // The largest root with root^3 <= prime * 2^96.
        let mut root: u128 = 0;
        for bit in (0..36).rev() {
            let tried = root | 1 << bit;
            if tried * tried * tried <= prime << 96 {
                root = tried;
            }
        }
        *constant = root as u32;
    }
    constants
}
