//! Passwords that are tried first. Lower case, eight characters or more (shorter ones are refused anyway), and no
//! variants with digits at the end (those are found by their word).

/// Names under which people know this program.
pub(super) const HUB_NAMES: [&str; 7] =
    ["labdeck", "jupyterhub", "jupyter", "jupyterlab", "notebook", "jupyter-hub", "jupyternotebook"];

/// The list, separated by spaces. Digits and keyboard rows first, then words, then names and phrases.
pub(super) const PASSWORDS: &str = "\
12345678 123456789 1234567890 0123456789 87654321 987654321 9876543210 11223344 1122334455 112233445566 12341234 \
12344321 123123123 123454321 11112222 12121212 13131313 10203040 01234567 14725836 147258369 159357456 741852963 \
789456123 123456123 123321123 147852369 19871987 19901990 20002000 20202020 \
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 1qaz2wsx 1qaz2wsx3edc qazwsxedc qazwsxedcrfv zaq12wsx zaq1xsw2 \
qwertyui qwertyuiop qwerty123456 qwertyqwerty asdfghjk asdfghjkl asdfasdf asdfqwer zxcvbnm1 zxcvbnmasd zxcvasdf \
qweasdzxc qwerasdf poiuytrewq lkjhgfdsa mnbvcxzlkj qwertzui qwertzuiop azertyui azertyuiop abcdefgh abcdefghi \
abcdefghij abcd1234 abc12345 abc123456 a1b2c3d4 a1b2c3d4e5 aa123456 a12345678 a123456789 1a2b3c4d 123abc456 \
123456abc 12345abc 123qweasd 123qweasdzxc qwe123qwe asd123asd \
password passwords passw0rd p@ssword p@ssw0rd pa55word pa$$word passwort passphrase passpass mypassword newpassword \
thepassword testpassword userpassword adminpassword yourpassword nopassword password123456 changeme changeme1 \
changeit changethis letmein1 letmeinnow letmein letmeinplease openopen opensesame welcome1 welcome welcomehome \
iloveyou iloveyou2 iloveyouu loveyou1 ilovegod iloveme1 loveme123 lovelove lovers12 forever1 \
administrator administrador adminadmin adminroot rootroot superuser supervisor testtest testuser test1234 tester12 \
demodemo demouser guestguest useruser username default1 defaultpassword temporary temp1234 temppass secret12 \
secretsecret topsecret mysecret private1 security internet computer computers laptop12 keyboard desktop1 samsung1 \
microsoft windows1 windowsxp linuxlinux ubuntu12 debian12 raspberry android1 facebook google12 youtube1 whatever \
trustno1 starwars starwars1 startrek superman batman123 spiderman ironman1 pokemon1 pokemon123 minecraft fortnite \
dragon123 dragonball master123 mastermind monkey123 monkeybusiness sunshine princess football baseball basketball \
softball volleyball hockey123 liverpool manchester barcelona realmadrid juventus chelsea1 arsenal1 champion \
victoria jennifer michelle jessica1 elizabeth michael1 jordan23 jordan123 christopher christian charlie1 \
alexander alexandra benjamin nicholas samantha stephanie katherine catherine jonathan danielle gabriel1 \
butterfly chocolate cheesecake strawberry blueberry pineapple watermelon cinnamon snickers coffee12 computer1 \
sweetheart beautiful blessed1 precious angel123 babygirl babyboy1 mylove12 darling1 honeybee sunflower rainbow1 \
midnight moonlight starlight summertime winter12 summer12 autumn12 spring12 january1 february september october1 \
november december monday12 saturday thursday happyday freedom1 mercedes corvette mustang1 ferrari1 porsche1 \
harley12 yamaha12 mountain elephant dolphins scorpion swordfish panthers tigers12 cowboys1 redskins steelers \
yankees1 lakers24 metallica slipknot guitar12 creative original everything something nothing1 anything tomorrow \
knowledge research science1 laboratory labrador university student1 teacher1 professor mathematics physics1 \
chemistry biology1 python12 python123 pythonpython datascience dataset1 statistics matlab12 rstudio1 anaconda \
correcthorsebatterystaple thequickbrownfox hunter22 zzzzzzzz xxxxxxxx aaaaaaaa 00000000 11111111 22222222 55555555 \
66666666 77777777 88888888 99999999";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_its_doc_says() {
        let words: Vec<_> = PASSWORDS.split_ascii_whitespace().collect();
        let distinct: std::collections::BTreeSet<_> = words.iter().collect();
        assert_eq!(distinct.len(), words.len(), "no word twice");
        assert!(words.len() >= 200);
        assert!(words.iter().all(|word| *word == word.to_lowercase()));
    }
}
