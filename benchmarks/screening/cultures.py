"""Made-up people by name culture: who would be stopped if they opened an account.

    python -m benchmarks.screening.cultures OUT.csv [--half dev|held|both] [--set common|further] [--third]

Two sets per culture, written from general knowledge, no list copied: `common`, 30 given by 30 family names that many
bear (900 people), and `further`, other names of the culture that are ordinary, but not among the first to come to mind.
A half of `common` is half of its pairs; a half of `further` is made of half of its names, so that the halves share
none. With `--third` every person bears a third name as people of the culture do: a second surname, a patronymic, the
grandfather's name, a second syllable, a middle name. The culture is a heading for counting; nothing reads it as
evidence. None of the names means anybody.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SEED = 20260819
MOST = 900
"""People per culture and set."""


@dataclass(frozen=True)
class Culture:
    """Names of one culture: `third` says what a third name is: second surname, patronymic, middle or syllable."""

    given: str
    family: str
    further_given: str
    further_family: str
    third: str = "middle"


CULTURES = {
    "Hispanic": Culture(
        "Jose Juan Luis Carlos Jorge Miguel Pedro Manuel Francisco Antonio Jesus Alejandro Rafael Fernando "
        "Ricardo Roberto Eduardo Javier Sergio Raul Maria Ana Rosa Carmen Guadalupe Martha Laura Patricia "
        "Veronica Silvia",
        "Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz "
        "Cruz Reyes Morales Ortiz Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Vasquez Castillo Jimenez Moreno "
        "Romero Herrera",
        "Eusebio Primitivo Evaristo Baltazar Anselmo Cirilo Donaciano Fidencio Hilario Isidro Leoncio Macario "
        "Nazario Olegario Ponciano Saturnino Teodoro Urbano Wenceslao Zacarias Brigida Consuelo Dolores Esperanza "
        "Florencia Herminia Imelda Librada Rosaura Tomasa",
        "Arriaga Barragan Casillas Duenas Elizondo Farias Galindo Huerta Islas Jaramillo Lemus Mireles Nava "
        "Olvera Pedraza Quezada Renteria Saucedo Tovar Urrutia Villegas Yanez Zepeda Alcantara Bustamante "
        "Calderon Delgadillo Escamilla Gamboa Holguin",
        "second surname",
    ),
    "Anglo": Culture(
        "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony "
        "Mark Donald Steven Paul Andrew Joshua Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah "
        "Karen",
        "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin "
        "Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker",
        "Clarence Wendell Norman Percy Rupert Alistair Desmond Cedric Barnaby Rodney Floyd Chester Lionel Trevor "
        "Clifton Mabel Edith Beatrice Gwendolyn Harriet Imogen Marjorie Phyllis Prudence Rosalind Tabitha "
        "Winifred Felicity Daphne Hazel",
        "Abernathy Blackwood Cartwright Dunham Eastwood Fairchild Goodwin Hargrove Ingram Jennings Kendrick "
        "Langley Merriman Northcott Oakley Pemberton Radcliffe Sheffield Thornton Underwood Wainwright Yates "
        "Ashworth Bradshaw Colbert Holloway Kirkland Lockhart Pritchard Whitaker",
    ),
    "Arabic": Culture(
        "Mohammed Ahmed Ali Hassan Hussein Omar Khaled Ibrahim Mahmoud Mustafa Yousef Abdullah Saleh Tariq Samir "
        "Karim Jamal Nasser Walid Bilal Fatima Aisha Maryam Zainab Layla Noor Amina Khadija Huda Salma",
        "Hassan Hussein Ali Ahmed Ibrahim Khalil Mansour Saleh Abdallah Hamdan Nasser Said Salem Mahmoud Haddad "
        "Khoury Najjar Saad Issa Younes Farah Awad Hamad Rashid Qasim Suleiman Othman Jaber Shami Masri",
        "Bashar Ghassan Fouad Munir Nabil Raed Sufyan Wissam Zuhair Anwar Basil Haytham Imad Jihad Luay Majed "
        "Nizar Qusay Safwan Talal Abeer Dalal Ghada Hanan Intisar Lubna Manal Nawal Rihab Widad",
        "Barakat Darwish Fakhoury Ghanem Habibi Jarrah Kanaan Labib Maalouf Nuaimi Obeid Qaddoumi Rifai Sabbagh "
        "Tamimi Zoubi Atassi Bitar Dabbagh Fayyad Hariri Kabbani Mughrabi Nabulsi Qudsi Sayegh Tarabichi Wahbi "
        "Zughbi Ayoub",
        "patronymic",
    ),
    "Slavic": Culture(
        "Aleksandr Sergey Vladimir Andrey Dmitry Aleksey Igor Oleg Ivan Nikolay Mikhail Pavel Viktor Yury Maxim "
        "Roman Anton Denis Artem Kirill Elena Olga Tatiana Natalia Irina Svetlana Ekaterina Anna Maria Marina",
        "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov Alekseev "
        "Lebedev Semenov Egorov Pavlov Kozlov Stepanov Nikolaev Orlov Andreev Makarov Nikitin Zakharov Zaitsev "
        "Soloviev Borisov Yakovlev Romanov",
        "Arseny Bogdan Demyan Efim Foma German Innokenty Klim Lavrenty Matvey Nazar Platon Rodion Savely Tikhon "
        "Vsevolod Zakhar Trofim Ostap Miroslav Zoya Rimma Kira Lidiya Marfa Nadezhda Pelageya Raisa Snezhana "
        "Yaroslava",
        "Ageev Belousov Chernov Dorofeev Ermolaev Filatov Gusev Ignatov Kalugin Lapin Melnikov Nechaev "
        "Ovchinnikov Panfilov Ryabov Samsonov Trofimov Ushakov Vorobyov Zhilin Bondarenko Dovzhenko Hrytsenko "
        "Kravchuk Lysenko Moroz Shvets Tkachuk Yurchenko Zelinsky",
        "patronymic",
    ),
    "Chinese": Culture(
        "Wei Jun Ming Hua Yong Jie Tao Lei Qiang Peng Bin Hao Gang Feng Bo Xin Ping Hui Fang Li Na Jing Yan Min "
        "Ying Xia Juan Mei Ling Hong",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song "
        "Tang Han Cao Deng Feng Peng",
        "Zhiqiang Xiaoming Jianguo Yulan Guoqing Haiyan Weidong Shufen Xiuying Jianhua Zhenyu Mengyao Zixuan "
        "Ruoxi Haoran Yuhang Tianyu Junjie Yichen Siyuan Chunmei Lihua Dongmei Qiuyue Zhengyi Bingbing Shiyao "
        "Kexin Yuxuan Ziyang",
        "Pan Du Ye Cui Qiu Fan Shi Liao Jia Xia Fu Bai Zou Meng Xiong Qin Jiang Yan Xue Hou Lei Long Shao Wan Gu "
        "Mao Hao Gong Kong Kang",
        "syllable",
    ),
    "Portuguese": Culture(
        "Joao Jose Antonio Francisco Carlos Paulo Pedro Lucas Luiz Marcos Rafael Daniel Marcelo Bruno Eduardo "
        "Felipe Rodrigo Tiago Andre Fernando Maria Ana Francisca Antonia Adriana Juliana Marcia Fernanda Patricia "
        "Aline",
        "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho "
        "Almeida Lopes Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques "
        "Machado Mendes Freitas",
        "Edvaldo Gilmar Josias Leandro Nilson Osvaldo Raimundo Severino Valdir Wagner Jurandir Genivaldo Ademir "
        "Benedito Cleiton Dirceu Evandro Heitor Itamar Joaquim Conceicao Dalva Edilene Fabiola Gisele Ivone "
        "Jussara Luzia Neusa Rosangela",
        "Azevedo Brandao Cavalcanti Dantas Evangelista Figueiredo Guimaraes Holanda Junqueira Lacerda Magalhaes "
        "Nogueira Outeiro Paiva Queiroz Rezende Sampaio Teixeira Uchoa Vasconcelos Xavier Bittencourt Coutinho "
        "Drummond Fagundes Godoy Leitao Mesquita Peixoto Siqueira",
        "second surname",
    ),
    "West African": Culture(
        "Mamadou Ibrahima Ousmane Abdoulaye Moussa Amadou Cheikh Modou Oumar Boubacar Emeka Chinedu Tunde Segun "
        "Kwame Kofi Kwabena Yaw Musa Sani Aminata Fatou Mariama Aissatou Ngozi Chioma Funke Ama Abena Hauwa",
        "Diallo Traore Coulibaly Keita Diop Ndiaye Toure Sow Ba Cisse Okafor Adeyemi Okoye Adebayo Mensah Owusu "
        "Boateng Asante Bello Abubakar Kone Ouattara Camara Barry Eze Nwosu Ojo Osei Appiah Danjuma",
        "Babacar Souleymane Lamine Seydou Adama Issouf Drissa Ikechukwu Obinna Uchenna Babatunde Olumide Kayode "
        "Femi Kojo Kwaku Fiifi Danladi Garba Yakubu Rokia Djeneba Kadiatou Ifeoma Nkechi Folake Yetunde Akosua "
        "Efua Zainabu",
        "Sissoko Dembele Kouyate Fofana Bagayoko Sarr Gueye Mbaye Fall Thiam Onyekachi Nwachukwu Olawale Akinola "
        "Ogunleye Balogun Agyeman Amoah Darko Quartey Gyasi Dogara Tanko Zongo Ouedraogo Sawadogo Kabore Yeboah "
        "Amponsah Ibekwe",
    ),
    "South Asian": Culture(
        "Raj Amit Sanjay Rahul Vijay Anil Sunil Rajesh Suresh Ramesh Imran Asif Muhammad Abdul Bilal Faisal "
        "Rakesh Deepak Manoj Arjun Priya Pooja Neha Sunita Anita Ayesha Fatima Rekha Kavita Nasreen",
        "Kumar Singh Sharma Patel Gupta Khan Ahmed Hussain Malik Shah Verma Yadav Reddy Rao Das Iqbal Akhtar "
        "Chowdhury Rahman Islam Jain Mishra Nair Joshi Mehta Qureshi Butt Begum Roy Ali",
        "Bhaskar Chandresh Dinesh Girish Harish Jagdish Kishore Lokesh Mahesh Naresh Omprakash Prakash Ravindra "
        "Satish Tarun Umesh Waqas Zubair Farhan Kamran Shabnam Rubina Tahira Lakshmi Meenakshi Nirmala Padma "
        "Saroj Usha Vasundhara",
        "Agarwal Banerjee Chatterjee Deshmukh Gaikwad Iyer Jadhav Kulkarni Menon Nadkarni Pillai Rathore Saxena "
        "Thakur Upadhyay Vyas Wadhwa Bhatti Cheema Gondal Janjua Kiani Lodhi Mirza Niazi Perera Jayawardena "
        "Gurung Thapa Adhikari",
    ),
    "Vietnamese": Culture(
        "Anh Binh Cuong Dung Duc Hai Hieu Hoang Hung Huy Khanh Kien Lam Long Minh Nam Phong Quan Son Thanh Huong "
        "Lan Linh Mai Nga Nhung Phuong Thuy Trang Yen",
        "Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Dao Doan Vuong Trinh Truong Dinh "
        "Lam Mai To Cao Chau Ha Ta Luu",
        "Bao Chinh Dat Giang Hao Khoa Loc Manh Nghia Phuc Quang Sang Tai Thang Thinh Tien Toan Trung Tuan Vinh "
        "Bich Diep Hanh Hien Kieu Ngoc Oanh Quynh Thao Xuan",
        "Kieu Quach Thach Nghiem Khuc Lai Luong Mac Nhan Ong Phung Quan Sam Tang Thai Tieu Ton Trieu Tu Ung Van "
        "Vien Xa Yen Banh Diep Giap Hua Kha Than",
        "syllable",
    ),
    "Turkish": Culture(
        "Mehmet Mustafa Ahmet Ali Huseyin Hasan Ibrahim Ismail Osman Yusuf Murat Omer Ramazan Halil Suleyman Emre "
        "Can Burak Kemal Serkan Fatma Ayse Emine Hatice Zeynep Elif Meryem Sultan Merve Ozlem",
        "Yilmaz Kaya Demir Celik Sahin Yildiz Yildirim Ozturk Aydin Ozdemir Arslan Dogan Kilic Aslan Cetin Kara "
        "Koc Kurt Ozkan Simsek Polat Korkmaz Erdogan Aksoy Tekin Gunes Bulut Tas Avci Turan",
        "Alparslan Bulent Cemal Dursun Ekrem Ferhat Gokhan Haluk Ilhan Koray Levent Metin Nihat Orhan Recep Selim "
        "Tolga Ugur Volkan Yavuz Aysun Bahar Derya Ebru Filiz Gulay Nurcan Pinar Sevgi Tulay",
        "Akbulut Bayraktar Coskun Duman Eren Firat Gokce Hamzaoglu Isik Karaca Kocabas Lale Macit Nalbant Onal "
        "Peker Sari Topal Uzun Varol Yalcin Zengin Altintas Bozkurt Candan Demirtas Erkan Guler Karakus Toprak",
    ),
    "Persian": Culture(
        "Mohammad Ali Hossein Mehdi Reza Hassan Amir Saeed Hamid Majid Abbas Javad Morteza Mostafa Masoud Behzad "
        "Farhad Hadi Naser Omid Fatemeh Zahra Maryam Leila Narges Sara Nasrin Parisa Shirin Azadeh",
        "Mohammadi Hosseini Ahmadi Karimi Rezaei Moradi Jafari Hashemi Rahimi Ebrahimi Ghasemi Mousavi Akbari "
        "Heidari Sadeghi Rostami Kazemi Najafi Shirazi Tehrani Bagheri Mahmoudi Salehi Amini Asadi Soltani Zare "
        "Yousefi Norouzi Rahmani",
        "Ardeshir Babak Cyrus Dariush Ehsan Farzad Golnar Houman Iraj Jamshid Kaveh Mazdak Nima Parviz Ramin "
        "Siamak Touraj Vahid Yashar Zartosht Anahita Banafsheh Elham Fereshteh Homeira Laleh Mahnaz Niloufar Roya "
        "Taraneh",
        "Afshar Bahrami Dehghan Esfandiari Farahani Golestani Hamedani Jahangiri Khosravi Lotfi Mirzaei Nikbakht "
        "Parsa Ranjbar Saffari Tavakoli Vaziri Zandi Azimi Borujerdi Daneshvar Fallahi Gilani Javadi Keshavarz "
        "Mansouri Nazari Pahlavan Qajar Zamani",
    ),
    "Korean": Culture(
        "Minjun Seojun Jihoon Sungho Youngsu Kyungho Jaehyun Donghyun Hyunwoo Sangwoo Jinho Taeyang Junho "
        "Seungmin Yongho Inho Byungchul Kwangsu Changmin Daejung Soyoung Jiyoung Eunji Minji Hyejin Sujin Youngja "
        "Sunhee Mikyung Yuna",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Ko Moon "
        "Son Yang Bae Baek Heo Nam Shim",
        "Geunho Hosung Jongsu Kijung Manho Namgil Ohsung Pilsung Sehun Taeho Wonbin Yeongjae Beomseok Chanyeol "
        "Dongwook Gyuri Hana Insook Jaeeun Kyungmi Miran Nari Okja Soonja Taehee Yejin Boram Chaewon Dahye "
        "Eunkyung",
        "Noh Ha Joo Woo Koo Min Na Jin Ji Um Chae Cheon Bang Gong Hyun Ham Byun Yeom Choo Do So Suk Sun Seol Ma "
        "Gil Yeon Wi Pyo Myung",
    ),
    "Indonesian": Culture(
        "Agus Budi Bambang Eko Hendra Joko Slamet Sutrisno Wahyu Yanto Andi Dedi Rudi Iwan Ahmad Muhammad Adi "
        "Arif Fajar Teguh Siti Dewi Sri Nur Ratna Wati Endang Lestari Putri Rina",
        "Santoso Wijaya Setiawan Susanto Hidayat Saputra Nugroho Kurniawan Gunawan Wibowo Pratama Suryadi Hartono "
        "Siregar Nasution Simanjuntak Lubis Harahap Utomo Purnomo Suharto Rahman Ramadhan Firmansyah Maulana "
        "Permana Sutanto Halim Salim Irawan",
        "Darmawan Gatot Heru Imam Krisna Mulyadi Nanang Priyo Rahmat Sigit Tri Untung Widodo Yoga Zaenal Asep "
        "Cecep Dadang Ujang Yayan Ayu Citra Dian Fitri Indah Kartika Mega Ningsih Sari Wulan",
        "Atmaja Basuki Cahyono Darmadi Effendi Fauzi Ginting Hutapea Indrawan Jatmiko Kusuma Lesmana Marpaung "
        "Nainggolan Oetomo Pangestu Rusdi Sitompul Tampubolon Umar Wardhana Yulianto Zulkarnain Aritonang "
        "Batubara Daulay Manurung Pohan Rangkuti Sinaga",
    ),
    "East African": Culture(
        "Abdi Mohamed Ahmed Hassan Ali Omar Yusuf Abdullahi Osman Ibrahim Tesfaye Bekele Girma Haile Dawit Abebe "
        "Mulugeta Juma Hamisi Rashid Fadumo Halima Amina Asha Hodan Tigist Almaz Mwanaisha Zawadi Neema",
        "Mohamed Ali Hassan Ahmed Abdi Omar Nur Farah Warsame Adan Tesfaye Bekele Tadesse Gebre Kebede Alemu "
        "Mengistu Mwangi Kamau Otieno Ochieng Njoroge Kimani Mushi Massawe Juma Hussein Jama Isse Aden",
        "Bashiir Cabdi Guled Liban Mahad Samatar Warfa Berhanu Desta Endale Fikru Getachew Kassahun Lemma Negash "
        "Solomon Baraka Daudi Faraji Jabari Sahra Ubah Ayan Genet Hiwot Lidet Meseret Selam Subira Wanjiru",
        "Dualeh Egal Gaal Hersi Kahin Mire Roble Samatar Shire Yare Asfaw Belay Demissie Fanta Hagos Kidane "
        "Mekonnen Negussie Tekle Worku Kariuki Maina Mutua Ndegwa Odhiambo Omondi Wafula Kileo Lyimo Shayo",
        "patronymic",
    ),
    "French": Culture(
        "Jean Pierre Michel Andre Philippe Alain Bernard Jacques Daniel Patrick Nicolas Christophe Laurent Julien "
        "Thomas Alexandre Francois Olivier Eric Vincent Marie Nathalie Isabelle Sylvie Catherine Francoise "
        "Martine Sophie Monique Valerie",
        "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel "
        "Garcia David Bertrand Roux Vincent Fournier Morel Girard Andre Mercier Dupont Lambert Bonnet Francois "
        "Martinez Rousseau",
        "Armand Baptiste Cyrille Didier Etienne Fabrice Gaston Hubert Jocelyn Lucien Maxence Noel Pascal Quentin "
        "Raoul Sylvain Thibault Urbain Yannick Zacharie Adele Bernadette Clotilde Delphine Eugenie Florence "
        "Ghislaine Henriette Jacqueline Odile",
        "Aubert Barbier Carpentier Delacroix Etchegaray Faucher Guillot Humbert Imbert Joubert Laporte Maillard "
        "Navarre Ollivier Poirier Quesnel Renaud Sauvage Tessier Vasseur Boucher Charpentier Deschamps Fleury "
        "Gauthier Lacroix Marchand Perrin Roche Vidal",
    ),
    "Hebrew": Culture(
        "David Moshe Yosef Avraham Yaakov Yitzhak Shlomo Daniel Michael Eli Haim Meir Shimon Yehuda Ariel Noam "
        "Itai Uri Amir Ron Sarah Rachel Rivka Leah Esther Miriam Tamar Yael Michal Noa",
        "Cohen Levy Mizrahi Peretz Biton Dahan Friedman Katz Avraham Azoulay Malka Ohana Gabay Amar Shapira "
        "Goldstein Rosenberg Weiss Klein Segal Ben-David Hadad Yosef Schwartz Kaplan Greenberg Rubin Stern Bar "
        "Golan",
        "Asher Baruch Dov Elazar Gershon Hillel Lior Mordechai Naftali Ofer Pinhas Reuven Shaul Tuvia Yigal Zeev "
        "Amnon Boaz Eitan Gilad Batya Chana Dvora Galit Hadassah Liora Naomi Orly Shoshana Zipora",
        "Abutbul Bar-Lev Chazan Dayan Eliyahu Feldman Ginsburg Halevi Itzkovich Kagan Landau Margalit Navon "
        "Ovadia Pinto Ravitz Sasson Toledano Vaknin Zohar Alon Berkovich Dror Edelstein Harari Lavi Nachmani "
        "Sharabi Tzur Yadin",
    ),
}  # fmt: skip

PATRONYMICS = {
    "Slavic": [
        "Ivanovich",
        "Petrovich",
        "Sergeevich",
        "Nikolaevich",
        "Aleksandrovich",
        "Vladimirovich",
        "Andreevich",
        "Mikhailovich",
        "Viktorovich",
        "Olegovich",
    ],
}


def _half_of(key: str, half: str) -> bool:
    if half == "both":
        return True
    dev = hashlib.blake2b(f"{SEED}|{key}".encode(), digest_size=1).digest()[0] % 2 == 0
    return dev == (half == "dev")


def people(culture: str, which: str = "common", half: str = "both", seed: int = SEED) -> list[tuple[str, str]]:
    """(given name, family name) of the made-up people of a culture, in a seeded order, at most MOST."""
    names = CULTURES[culture]
    if which == "common":
        pairs = [(g, f) for g in names.given.split() for f in names.family.split() if _half_of(f"{g} {f}", half)]
    elif which == "further":
        given = [g for g in names.further_given.split() if _half_of(g, half)]
        family = [f for f in names.further_family.split() if _half_of(f, half)]
        pairs = [(g, f) for g in given for f in family]
    else:
        raise ValueError(which)
    pairs = [(g, f) for g, f in pairs if g != f]
    random.Random(f"{seed}|{culture}|{which}|{half}").shuffle(pairs)  # noqa: S311
    return pairs[:MOST]


def third(culture: str, person: tuple[str, str], which: str = "common", half: str = "both", seed: int = SEED) -> str:
    """The person with a third name as people of the culture bear one."""
    given, family = person
    rng = random.Random(f"{seed}|third|{culture}|{given}|{family}")  # noqa: S311
    pairs = people(culture, which, half, seed)
    how = CULTURES[culture].third
    if how == "second surname":
        return f"{given} {family} {rng.choice([f for _, f in pairs if f != family])}"
    if how == "patronymic":
        fathers = PATRONYMICS.get(culture) or [g for g, _ in pairs if g not in (given, family)]
        father = rng.choice(fathers)
        if culture == "Slavic" and given.endswith("a"):
            father = father.replace("vich", "vna")
        return f"{given} {father} {family}"
    others = [g for g, _ in pairs if g not in (given, family)]
    return f"{given} {rng.choice(others)} {family}"


def born(culture: str, person: tuple[str, str], seed: int = SEED) -> str:
    """A made-up day of birth, between 1950 and 2005."""
    rng = random.Random(f"{seed}|born|{culture}|{person[0]}|{person[1]}")  # noqa: S311
    return f"{rng.randrange(1950, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def written(people_of: Sequence[tuple[str, str]]) -> list[str]:
    """Whole names."""
    return [f"{given} {family}" for given, family in people_of]


def main() -> None:
    """Write the people of all cultures to a CSV file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=("dev", "held", "both"), default="both")
    parser.add_argument("--set", choices=("common", "further"), default="common", dest="which")
    parser.add_argument("--third", action="store_true", help="with a third name")
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(("culture", "name", "birth_date"))
        for culture in CULTURES:
            for person in people(culture, options.which, options.half):
                name = third(culture, person, options.which, options.half) if options.third else " ".join(person)
                lines.writerow((culture, name, born(culture, person)))


if __name__ == "__main__":
    main()
